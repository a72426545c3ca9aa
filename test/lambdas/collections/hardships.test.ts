import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { nextDaily } from '../../../lambdas/collections/rules/daily.ts'
import type { Run } from '../../../lambdas/collections/run.ts'
import { minutes, settle, wireCollections } from '../../support/collections.ts'
import { failingTable, failOnce, NoConnection } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'

let worlds = 0

const newestLog = { modules: ['dock' as const], newestBoots: 1 }

const wire = async (howMany = 1) => {
  worlds += 1
  const sns = Array.from({ length: howMany }, (_, n) => `HARD${worlds}N${n}`)
  const { table } = openTable()
  const at = await wireCollections(table, sns)
  const id = `of-${sns[0]}`
  const runOf = async (dockSn: string) => (await at.runs(id)).find((run) => run.dockSn === dockSn)
  return { ...at, table, sns, id, runOf }
}
type At = Awaited<ReturnType<typeof wire>>

const summary = ({ phase, waitingFor, outcome }: Run): string =>
  [phase, phase === 'waiting' ? waitingFor : outcome].join(' ')

const summariesOf = async (at: At): Promise<Record<string, string>> =>
  Object.fromEntries((await at.runs(at.id)).map((run) => [run.dockSn, summary(run)]))

/** The function dies of it. */
const dying = async (work: Promise<unknown>): Promise<void> => {
  await assert.rejects(work, NoConnection)
}

const minutesPass = async (at: At, howMany: number, sweep: () => Promise<unknown> = () => at.sweep()) => {
  for (let passed = 0; passed < howMany; passed += 1) {
    at.wait(1 * minutes)
    await sweep()
    await settle(at)
  }
}

suite('turns of a collection', () => {
  test('one taken by a function that then died delays others by minutes at most', async () => {
    const at = await wire(3)
    const [first = '', second = '', third = ''] = at.sns
    await at.put(at.id, { docks: at.sns, logs: newestLog, atOnce: 1 })
    for (const dockSn of at.sns) {
      await at.alarm({ dockSn })
      at.wait(1)
    }
    let isDead = false
    const table = failingTable(at.table, (call) => {
      if (isDead) return 'lost'
      isDead = /^UpdateCommand .*ADD runs/.test(call)
      return isDead ? 'unanswered' : undefined
    })
    await at.deliver()
    await at.happened('groundcrew.listing.received.v1', { dockSn: first })
    await at.deliver()
    await dying(at.happened('groundcrew.upload.ended.v1', { dockSn: first }, at.connect(table)))
    assert.deepEqual(await summariesOf(at), {
      [first]: 'ended collected',
      [second]: 'waiting turn',
      [third]: 'waiting turn',
    })
    await minutesPass(at, 4)
    assert.deepEqual(new Set(Object.values(await summariesOf(at))), new Set(['ended collected']))
  })

  test('are given to runs behind one that cannot be advanced', async () => {
    const at = await wire(3)
    const [first = '', second = '', third = ''] = at.sns
    await at.put(at.id, { docks: at.sns, logs: newestLog, atOnce: 1 })
    for (const dockSn of at.sns) {
      await at.alarm({ dockSn })
      at.wait(1)
    }
    const table = failingTable(at.table, (call) =>
      call.includes(`"DOCK#${second}","sk":"DEBUG"`) ? 'lost' : undefined,
    )
    const by = at.connect(table)
    for (let dockSn = await at.deliver(); dockSn !== undefined; dockSn = await at.deliver())
      await at.happened('groundcrew.listing.received.v1', { dockSn }, by)
    await minutesPass(at, 4, () => at.sweep(by, table))
    assert.deepEqual(await summariesOf(at), {
      [first]: 'ended collected',
      [second]: 'waiting turn',
      [third]: 'ended collected',
    })
  })
})

suite('a collection after flights', () => {
  const afterFlight = { when: { afterFlight: {} }, logs: { ...newestLog, newestBoots: 2 } }
  const landed = (at: At, flightId: string | undefined, endedAt = at.now()) =>
    at.happened('groundcrew.flight.ended.v1', {
      dockSn: at.sns[0],
      flightId,
      outcome: 'done',
      endedAt: new Date(endedAt).toISOString(),
    })

  test('collects once for each end of a flight, with its time on the upload, and for no alarm', async () => {
    const at = await wire(1)
    const [dockSn = ''] = at.sns
    await at.put(at.id, { docks: at.sns, ...afterFlight })
    const endedAt = at.now()
    await Promise.all([landed(at, 'one'), landed(at, 'one'), at.alarm({ dockSn })])
    await settle(at)
    await landed(at, 'one', endedAt)
    const runs = await at.runs(at.id)
    assert.deepEqual(runs.map(summary), ['ended collected'])
    const upload = await at.use.uploads.get(dockSn, runs[0]?.uploadId ?? '')
    const cause = { collectionId: at.id, kind: 'flight', at: new Date(endedAt).toISOString() }
    assert.deepEqual(upload?.request.cause, cause)
  })

  test('collects again when the same task is flown again, and after flights that have no id', async () => {
    const at = await wire(1)
    await at.put(at.id, { docks: at.sns, ...afterFlight })
    for (const flightId of ['one', 'one', undefined, undefined]) {
      await landed(at, flightId)
      await settle(at)
      at.wait(60 * minutes)
    }
    assert.deepEqual((await at.runs(at.id)).map(summary), Array(4).fill('ended collected'))
  })
})

test('what happens during an upload is collected after it, by one run', async () => {
  const at = await wire()
  const [dockSn = ''] = at.sns
  await at.put(at.id, { docks: at.sns, logs: newestLog })
  await at.alarm({ dockSn })
  await at.deliver()
  await at.happened('groundcrew.listing.received.v1', { dockSn })
  const first = (await at.runOf(dockSn))?.id
  at.wait(5 * minutes)
  for (const code of ['0x2', '0x3', '0x2']) await at.alarm({ dockSn, code })
  await at.alarm({ dockSn, code: '0x4', raisedAt: at.now() - 6 * minutes })
  const others = async () => (await at.runs(at.id)).filter(({ id }) => id !== first)
  assert.deepEqual((await others()).map(summary).sort(), [
    'ended covered',
    'ended covered',
    'waiting dockBusy',
  ])
  await settle(at)
  await minutesPass(at, 5)
  const runs = await at.runs(at.id)
  const collected = runs.filter(({ outcome }) => outcome === 'collected')
  assert.deepEqual([runs.length, collected.length], [4, 2])
  const uploads = await at.use.uploads.ofDock(dockSn, {})
  assert.deepEqual(
    uploads.items.map(({ request }) => request.id).sort(),
    collected.map(({ uploadId }) => uploadId).sort(),
  )
  assert.deepEqual(await at.use.runs.ofDock(dockSn), [])
  assert.deepEqual([...(await at.use.turns.holders(at.id))], [])
})

for (const [what, from, times] of [
  [
    'are set forward',
    '2027-03-26T12:00:00Z',
    ['2027-03-27T01:30:00Z', '2027-03-28T01:30:00Z', '2027-03-29T00:30:00Z'],
  ],
  [
    'are set back',
    '2027-10-29T12:00:00Z',
    ['2027-10-30T00:30:00Z', '2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z'],
  ],
] as const)
  test(`each day has one run at each dock, also where clocks ${what}`, async () => {
    const at = await wire(2)
    at.wait(Date.parse(from) - at.now())
    const daily = { at: '02:30', timeZone: 'Europe/Berlin' }
    const checkAt = nextDaily(daily, at.now()).at
    await at.put(at.id, { docks: at.sns, logs: newestLog, when: { daily }, checkAt })
    for (let passed = 0; passed < 3 * 24; passed += 1) {
      at.wait(60 * minutes)
      await Promise.all([at.sweep(), at.sweep()])
      await settle(at)
    }
    const runs = await at.runs(at.id)
    assert.deepEqual(
      runs
        .map(({ dockSn, cause, outcome }) => `${new Date(cause.at).toISOString()} ${dockSn} ${outcome}`)
        .sort(),
      times.flatMap((time) => at.sns.map((dockSn) => `${new Date(time).toISOString()} ${dockSn} collected`)),
    )
  })

suite('a person who is quicker than a collection', () => {
  test('uploads from an aircraft that stays on meanwhile; then it is switched off and all goes on', async () => {
    const at = await wire()
    const [dockSn = ''] = at.sns
    const dock = at.docks.get(dockSn)
    const logs = { modules: ['aircraft' as const, 'dock' as const], newestBoots: 1 }
    await at.put(at.id, { docks: at.sns, logs, wakeAircraft: true })
    await at.alarm({ dockSn })
    while ((await at.runOf(dockSn))?.phase !== 'listing') {
      await at.deliver()
      await at.happened('groundcrew.debug.on.v1', { dockSn })
    }
    const now = at.now()
    const found = await at.use.docks.find(dockSn, 'all')
    const id = at.use.newId(now)
    const opened = await at.use.open(
      found ?? assert.fail(),
      {
        id,
        commandId: at.use.newId(now),
        now,
        requestedBy: 'ann',
        answerBy: now + 15 * minutes,
        deadlineAt: now + 60 * minutes,
        selections: [{ module: 'aircraft', bootIndexes: [1] }],
      },
      undefined,
    )
    assert.equal(opened.outcome, 'opened')
    await settle(at)
    await minutesPass(at, 10)
    assert.equal((await at.runOf(dockSn))?.waitingFor, 'dockBusy')
    assert.equal(dock?.state.isAircraftOn, true)
    assert.deepEqual([...(await at.use.turns.holders(at.id))], [])
    // Nothing was heard of it: its time is over, and the clock of uploads says so.
    await minutesPass(at, 30)
    await at.use.hot.review(dockSn, id)
    await minutesPass(at, 10)
    assert.deepEqual(await summariesOf(at), { [dockSn]: 'ended collected' })
    assert.deepEqual(dock?.state, { ...dock?.state, isAircraftOn: false, isDebugging: false })
  })
})

suite('two functions that advance the same run', () => {
  test('begin one upload, which stays the run’s', async () => {
    const at = await wire()
    const [dockSn = ''] = at.sns
    await at.put(at.id, { docks: at.sns, logs: newestLog })
    await at.alarm({ dockSn })
    await at.deliver()
    const opens = /^TransactWriteCommand .*activeUpload/
    const heard = (table = at.table) =>
      at.happened('groundcrew.listing.received.v1', { dockSn }, at.connect(table))
    await dying(heard(failOnce(at.table, opens)))
    const [held, isHeld] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const later = failingTable(at.table, async (call) => {
      if (!opens.test(call)) return undefined
      isHeld.resolve()
      await held.promise
      return undefined
    })
    const laterDone = heard(later)
    await isHeld.promise
    let hasBegun = false
    const earlier = failingTable(at.table, async (call) => {
      hasBegun ||= opens.test(call)
      if (hasBegun && /^PutCommand .*"RUN#/.test(call)) {
        held.resolve()
        await laterDone
      }
      return undefined
    })
    await heard(earlier)
    await settle(at)
    await minutesPass(at, 5)
    const uploads = await at.use.uploads.ofDock(dockSn, {})
    assert.deepEqual(await summariesOf(at), { [dockSn]: 'ended collected' })
    assert.deepEqual(
      uploads.items.map(({ request }) => request.id),
      [(await at.runOf(dockSn))?.uploadId],
    )
  })
})
