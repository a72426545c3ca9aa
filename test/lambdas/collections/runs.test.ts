import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { nextDaily } from '../../../lambdas/collections/rules/daily.ts'
import type { Run } from '../../../lambdas/collections/run.ts'
import { type CollectionWorld, minutes, settle, wireCollections } from '../../support/collections.ts'
import { start } from '../../support/debugging.ts'
import { failingTable, NoConnection } from '../../support/failing-table.ts'
import { type Recorded, recordedChanges } from '../../support/recorded-changes.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'

let worlds = 0

const docksNamed = (howMany: number): string[] => {
  worlds += 1
  return Array.from({ length: howMany }, (_, n) => `DOCK${worlds}N${n}`)
}

const wire = async (howMany = 1, table = openTable().table) => {
  const sns = docksNamed(howMany)
  const collecting = await wireCollections(table, sns)
  const [dockSn = ''] = sns
  return { ...collecting, table, sns, dockSn, id: `of-${dockSn}` }
}

const summary = ({ phase, waitingFor, outcome }: Run): string =>
  [phase, phase === 'waiting' ? waitingFor : outcome].join(' ')

suite('a collection', () => {
  test('collects the logs around an alarm, with the alarm on the upload', async () => {
    const at = await wire()
    await at.put(at.id, { docks: at.sns })
    const raisedAt = at.now()
    await at.alarm({ dockSn: at.dockSn, code: '0xABC' })
    await settle(at)
    assert.deepEqual((await at.runs(at.id)).map(summary), ['waiting time'])
    at.wait(2 * minutes)
    await at.sweep()
    await settle(at)
    const [run] = await at.runs(at.id)
    assert.equal(run && summary(run), 'ended collected')
    const upload = await at.use.uploads.get(at.dockSn, run?.uploadId ?? '')
    assert.deepEqual(upload?.request.cause, {
      collectionId: at.id,
      kind: 'alarm',
      at: new Date(raisedAt).toISOString(),
      alarm: { sn: at.dockSn, code: '0xABC' },
    })
    assert.deepEqual(
      upload?.request.archives.map(({ bootIndexes }) => bootIndexes),
      [[3]],
    )
  })

  test('covers a repeated alarm, and one that comes while it waits, with the same run', async () => {
    const at = await wire()
    await at.put(at.id, { docks: at.sns })
    await Promise.all([at.alarm({ dockSn: at.dockSn }), at.alarm({ dockSn: at.dockSn })])
    at.wait(1 * minutes)
    await at.alarm({ dockSn: at.dockSn, code: '0x2' })
    at.wait(1.5 * minutes)
    await at.sweep()
    assert.deepEqual((await at.runs(at.id)).map(summary).sort(), ['ended covered', 'waiting time'])
    at.wait(1 * minutes)
    await at.sweep()
    await settle(at)
    assert.deepEqual((await at.runs(at.id)).map(summary).sort(), ['ended collected', 'ended covered'])
    const [run] = (await at.runs(at.id)).filter(({ outcome }) => outcome === 'collected')
    assert.equal(run?.covers, 1)
  })

  test('leaves the same alarm out for as long as it cools down, and says so', async () => {
    const at = await wire()
    const when = { alarm: { cooldownSeconds: 3600 } }
    await at.put(at.id, { docks: at.sns, when })
    await at.alarm({ dockSn: at.dockSn })
    at.wait(30 * minutes)
    await at.sweep()
    await settle(at)
    await at.alarm({ dockSn: at.dockSn })
    await at.alarm({ dockSn: at.dockSn, code: '0x2' })
    assert.deepEqual((await at.runs(at.id)).map(summary).sort(), [
      'ended collected',
      'ended cooldown',
      'waiting time',
    ])
  })

  test('switches the aircraft on for its logs, and the debug mode is closed before it ends', async () => {
    const at = await wire()
    const logs = { modules: ['aircraft' as const, 'dock' as const], newestBoots: 2 }
    await at.put(at.id, { docks: at.sns, logs, wakeAircraft: true })
    await at.alarm({ dockSn: at.dockSn })
    await settle(at)
    const [run] = await at.runs(at.id)
    assert.equal(run && summary(run), 'ended collected')
    assert.deepEqual(at.docks.get(at.dockSn)?.told, ['open', 'wake', 'sleep', 'close'])
  })

  test('collects the dock’s logs if the aircraft cannot be switched on', async () => {
    const at = await wire()
    at.docks.get(at.dockSn)?.state.refuses.set('wake', 314_001)
    const logs = { modules: ['aircraft' as const, 'dock' as const], newestBoots: 2 }
    await at.put(at.id, { docks: at.sns, logs, wakeAircraft: true })
    await at.alarm({ dockSn: at.dockSn })
    await settle(at)
    for (let passed = 0; passed < 10; passed += 1) {
      at.wait(1 * minutes)
      await at.sweep()
      await settle(at)
    }
    const [run] = await at.runs(at.id)
    assert.equal(run && summary(run), 'ended partial')
    assert.deepEqual(run?.leftOut, [{ module: 'aircraft', why: 'aircraftOff' }])
    assert.equal(at.docks.get(at.dockSn)?.state.isDebugging, false)
  })

  test('waits for a busy dock, and gives up when the time is over', async () => {
    const at = await wire()
    await at.put(at.id, { docks: at.sns, finishWithinSeconds: 1800 })
    const other = await wireOther(at)
    await at.alarm({ dockSn: at.dockSn })
    at.wait(3 * minutes)
    await at.sweep()
    assert.deepEqual((await at.runs(at.id)).map(summary), ['waiting dockBusy'])
    at.wait(40 * minutes)
    await at.sweep()
    const [run] = await at.runs(at.id)
    assert.equal(run && summary(run), 'ended notInTime')
    assert.equal(run?.waitingFor, 'dockBusy')
    assert.ok(other)
  })

  test('that was disabled or deleted stops its waiting runs', async () => {
    const at = await wire()
    for (const stop of ['disabled', 'deleted']) {
      await at.put(at.id, { docks: at.sns })
      await at.alarm({ dockSn: at.dockSn, code: stop })
      if (stop === 'disabled') await at.put(at.id, { docks: at.sns, enabled: false })
      else await at.use.collections.delete(at.id)
      at.wait(3 * minutes)
      await at.sweep()
    }
    assert.deepEqual((await at.runs(at.id)).map(summary), ['ended stopped', 'ended stopped'])
    assert.deepEqual(at.messages, [])
  })

  test('leaves a dock alone that has left its fleet', async () => {
    const at = await wire()
    await at.put(at.id, { docks: at.sns })
    await at.alarm({ dockSn: at.dockSn })
    await at.use.docks.register(at.dockSn, { fleet: 'south' }, 'all', at.now())
    at.wait(3 * minutes)
    await at.sweep()
    assert.deepEqual((await at.runs(at.id)).map(summary), ['ended notOfCollection'])
  })

  test('runs once a day, however often the sweep looks, and for the newest of missed days', async () => {
    const at = await wire(3)
    const when = { daily: { at: '03:00', timeZone: 'Europe/Berlin' } }
    const logs = { modules: ['dock' as const], newestBoots: 1 }
    const finishWithinSeconds = 36_000
    await at.put(at.id, { docks: at.sns, when, logs, finishWithinSeconds, checkAt: at.now() + 1000 })
    at.wait(3 * 24 * 60 * minutes)
    await Promise.all([at.sweep(), at.sweep()])
    await at.sweep()
    for (const run of await at.runs(at.id)) await at.happened('groundcrew.collection.started.v1', run)
    await settle(at)
    const runs = await at.runs(at.id)
    assert.deepEqual(runs.map(summary), Array(3).fill('ended collected'))
    assert.deepEqual([...new Set(runs.map(({ cause }) => cause.id))], ['daily#2027-01-18'])
  })

  test('that gets the id of a deleted one takes over none of its starts, and has its own on the same day', async () => {
    const at = await wire(2)
    const [own = '', others = ''] = at.sns
    await at.use.docks.register(others, { fleet: 'south' }, 'all', at.now())
    const logs = { modules: ['dock' as const], newestBoots: 1 }
    const everyDay = async (fleet: string, time: string) => {
      const daily = { at: time, timeZone: 'Europe/Berlin' }
      const { at: checkAt, day } = nextDaily(daily, at.now())
      await at.put(at.id, { fleet, when: { daily }, logs, checkAt })
      at.wait(checkAt - at.now())
      await at.sweep()
      await at.sweep()
      return day
    }
    const day = await everyDay('south', '03:00')
    const docks = async () => (await at.runs(at.id)).map(({ dockSn }) => dockSn)
    assert.deepEqual(await docks(), [others])
    // Interrupted before its first page of docks.
    const start = { id: 'manual', collectionId: at.id, kind: 'manual' as const, at: at.now(), rev: 1 }
    await at.use.starts.add(start, at.now())
    await at.use.collections.delete(at.id)
    at.wait(1)
    assert.equal(await everyDay('north', '23:00'), day)
    const runs = (await at.runs(at.id)).filter(({ dockSn }) => dockSn === own)
    assert.deepEqual(
      runs.map(({ cause }) => cause.kind),
      ['daily'],
    )
  })
})

/** An upload that somebody asked for holds the dock's slot. */
const wireOther = async (at: Awaited<ReturnType<typeof wire>>): Promise<boolean> => {
  const dock = await at.use.docks.find(at.dockSn, 'all')
  if (!dock) return false
  const now = at.now()
  const opened = await at.use.open(
    dock,
    {
      id: at.use.newId(now),
      commandId: at.use.newId(now),
      now,
      requestedBy: 'ann',
      answerBy: now + 60 * minutes,
      deadlineAt: now + 65 * minutes,
      selections: [{ module: 'dock', bootIndexes: [1] }],
    },
    undefined,
  )
  return opened.outcome === 'opened'
}

const atWork = (runs: readonly Run[]): Run[] =>
  runs.filter(({ phase }) => phase === 'waking' || phase === 'listing' || phase === 'uploading')

/** One thing that happens, and whether the process that does it dies on the way, after so many calls of the table. */
const Move = fc.record({
  kind: fc.constantFrom('alarm', 'alarm', 'deliver', 'deliver', 'clock', 'wait'),
  dock: fc.nat(1),
  code: fc.nat(5),
  diesAfter: fc.option(fc.nat(25), { nil: undefined, freq: 2 }),
  isUnanswered: fc.boolean(),
})
type Move = typeof Move extends fc.Arbitrary<infer One> ? One : never

/** At which write a process is held up, and what it waits for. */
type Held = { at: number; release: () => Promise<void> }

/** The process of `move` is held up at one of its writes, while other processes do theirs. */
const Steps = fc.array(
  fc.record({
    move: Move,
    heldAt: fc.integer({ min: 1, max: 6 }),
    meanwhile: fc.array(Move, { maxLength: 3 }),
  }),
  { minLength: 5, maxLength: 20 },
)

suite('a storm', () => {
  test('of 100 alarms of 20 docks begins one run per dock, and no more at once than allowed', async () => {
    const at = await wire(20)
    const logs = { modules: ['dock' as const], newestBoots: 1 }
    await at.put(at.id, { fleet: 'north', docks: at.sns, logs, atOnce: 7 })
    const codes = Array.from({ length: 5 }, (_, n) => `0x${n}`)
    await Promise.all(codes.flatMap((code) => at.sns.map((dockSn) => at.alarm({ dockSn, code }))))
    const all = async () => {
      const first = await at.use.runs.list(at.id, 'all', undefined, { limit: 40 })
      const second = await at.use.runs.list(at.id, 'all', undefined, { limit: 40, cursor: first.next })
      const third = await at.use.runs.list(at.id, 'all', undefined, { limit: 40, cursor: second.next })
      return [first, second, third].flatMap(({ items }) => items)
    }
    let heard = 0
    for (let said = await at.deliver(); said !== undefined; said = await at.deliver()) {
      heard += 1
      if (heard % 3 === 0) assert.ok(atWork(await all()).length <= 7)
      await at.happened('groundcrew.listing.received.v1', { dockSn: said })
    }
    const runs = await all()
    const count = (outcome: Run['outcome']) => runs.filter((run) => run.outcome === outcome).length
    assert.deepEqual([runs.length, count('collected'), count('covered') + count('underWay')], [100, 20, 80])
    const collected = runs.filter(({ outcome }) => outcome === 'collected')
    assert.equal(new Set(collected.map(({ dockSn }) => dockSn)).size, 20)
  })
})

/** Each write of a run is based on the one before: none is lost. */
const areInOrder = (changes: readonly Recorded[]): boolean =>
  changes.every(
    ({ key, before, after }) =>
      !key.sk.startsWith('RUN#') || Number(after?.rev) === Number(before?.rev ?? 0) + 1,
  )

/** Lets time pass until all runs have ended, or for a few hours. */
const passTime = async (at: CollectionWorld, id: string, look: () => Promise<void>): Promise<void> => {
  for (let passed = 0; passed < 200; passed += 1) {
    await look()
    if ((await at.runs(id)).every(({ phase }) => phase === 'ended')) return
    await settle(at)
    at.wait(1 * minutes)
    await at.sweep()
  }
}

suite('whatever the order, and whichever function is overtaken or dies in which step', () => {
  test('no more docks are in progress than allowed, each cause is kept once, and all runs end', async () => {
    await fc.assert(
      fc.asyncProperty(Steps, fc.boolean(), async (steps, isAtOnce) => {
        const { table: recorded, changes } = recordedChanges(openTable().table, () => start)
        const at = await wire(2, recorded)
        const { sns, id } = at
        await at.put(id, {
          docks: sns,
          atOnce: 1,
          ...(isAtOnce ? { logs: { modules: ['dock'], newestBoots: 1 } } : {}),
        })
        const causes = new Set<string>()
        const survived = async (work: Promise<unknown>) => {
          try {
            await work
          } catch (error) {
            if (!(error instanceof NoConnection)) throw error
          }
        }
        const perform = async ({ kind, dock, code, diesAfter, isUnanswered }: Move, held?: Held) => {
          let calls = 0
          let writes = 0
          const table = failingTable(at.table, async (call) => {
            calls += 1
            if (/^(Put|Update|TransactWrite)/.test(call)) writes += 1
            if (writes === held?.at) await held.release()
            if (diesAfter === undefined || calls <= diesAfter) return undefined
            return calls === diesAfter + 1 && isUnanswered ? 'unanswered' : 'lost'
          })
          const by = at.connect(table)
          if (kind === 'wait') at.wait(70_000)
          if (kind === 'clock') await survived(at.sweep(by, table))
          if (kind === 'deliver') {
            const dockSn = await at.deliver()
            if (dockSn) await survived(at.happened('groundcrew.listing.received.v1', { dockSn }, by))
          }
          if (kind === 'alarm') {
            const alarm = { dockSn: sns[dock] ?? '', code: `0x${code}`, raisedAt: at.now() }
            causes.add(Object.values(alarm).join(' '))
            await survived(at.alarm(alarm, by))
            // The bus starts it again until it succeeds.
            await at.alarm(alarm)
          }
        }
        const look = async () => {
          const runs = await at.runs(id)
          assert.ok(atWork(runs).length <= 1)
          const waiting = runs.filter(({ phase }) => phase === 'waiting').map(({ dockSn }) => dockSn)
          assert.equal(new Set(waiting).size, waiting.length, 'one run waits at a dock')
        }
        for (const { move, heldAt, meanwhile } of steps) {
          const others = async () => {
            for (const other of meanwhile) await perform(other)
          }
          let overtaking: Promise<void> | undefined
          const release = () => {
            overtaking ??= others()
            return overtaking
          }
          await perform(move, { at: heldAt, release })
          await release()
          await look()
        }
        await passTime(at, id, look)
        const runs = await at.runs(id)
        assert.deepEqual([...new Set(runs.map(({ phase }) => phase))], runs.length === 0 ? [] : ['ended'])
        assert.equal(runs.length, causes.size)
        assert.deepEqual([...(await at.use.turns.holders(id))], [])
        for (const dockSn of sns) assert.deepEqual(await at.use.runs.ofDock(dockSn), [])
        for (const run of runs) {
          const covered = runs.filter(
            ({ outcome, coveredBy }) => outcome === 'covered' && coveredBy === run.id,
          )
          assert.equal(run.covers, covered.length)
        }
        assert.ok(areInOrder(changes))
        const began = runs.filter(({ outcome }) => outcome !== 'covered' && outcome !== 'underWay')
        const uploads = await Promise.all(sns.map((dockSn) => at.use.uploads.ofDock(dockSn, {})))
        const firsts = uploads.flatMap(({ items }) => items).filter(({ request }) => !request.retryOf)
        assert.ok(firsts.length <= began.length, `${firsts.length} uploads of ${began.length} runs`)
      }),
      rounds(25),
    )
  })
})
