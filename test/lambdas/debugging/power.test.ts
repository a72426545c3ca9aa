import '../../support/log-lines.ts'

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { closeDebugMode, openDebugMode } from '../../../lambdas/debugging/manage.ts'
import { debugRoutes } from '../../../lambdas/debugging/routes.ts'
import { maxLeaseMs } from '../../../lambdas/debugging/session.ts'
import { DebugMode } from '../../../lambdas/debugging/shapes.ts'
import { debugDueKind } from '../../../lambdas/debugging/store.ts'
import { connectDocks } from '../../../lambdas/docks/machines.ts'
import { onHttp } from '../../../lambdas/http/on-http.ts'
import { presenceStore } from '../../../lambdas/presence/store.ts'
import { dockStore } from '../../../lambdas/registry/store.ts'
import { messages } from '../../../lambdas/runtime/log.ts'
import { dueItems } from '../../../lambdas/sweeps/due-items.ts'
import { dockKey } from '../../../lambdas/table/keys.ts'
import type { Mode } from '../../../protocols/dji-dock/modes.ts'
import { wirePower } from '../../support/debugging.ts'
import { declared } from '../../support/declared.ts'
import { failingTable } from '../../support/failing-table.ts'
import { answerOf, eventOf } from '../../support/http-calls.ts'
import { collectLines } from '../../support/log-lines.ts'
import { openTable } from '../../support/table.ts'

/** An aircraft is switched on for whoever needs it, and always off again. On a table, with a model of a dock. */

const hour = 3_600_000
const lines = collectLines()

suite('Power of an aircraft', () => {
  const world = openTable()

  const phaseOf = async ({ power, dockSn }: Awaited<ReturnType<typeof wirePower>>) =>
    (await power.find(dockSn))?.phase

  /** The clock, once a minute for so long, with a dock that answers. */
  const minutes = async (run: Awaited<ReturnType<typeof wirePower>>, howMany: number) => {
    for (let n = 0; n < howMany; n += 1) {
      run.wait(60)
      for await (const { pk } of dueItems(world.table, debugDueKind).list(run.now()))
        if (pk === `DOCK#${run.dockSn}`) await run.power.look(run.dockSn)
      await run.settle()
    }
  }

  const relayed = async (dockSn: string, mode: Mode, at: number): Promise<void> => {
    const relay = { order: `${at}`, heardAt: at, online: true, since: at, aircraft: [], firmware: {}, mode }
    await presenceStore(world.table).record(dockSn, { relay }, at)
  }

  test('is on from the dock’s report on, for one holder, and off after the release', async () => {
    const run = await wirePower(world.table)
    const { power, dockSn, dock } = run
    assert.equal(await power.open(dockSn, 'one', run.now() + hour), 'begun')
    await run.settle()
    assert.deepEqual([await phaseOf(run), dock.state.isAircraftOn], ['on', true])
    assert.equal(await power.open(dockSn, 'other', run.now() + hour), 'heldByOther')
    assert.equal(await power.open(dockSn, 'one', run.now() + 2 * hour), 'begun')
    assert.deepEqual(
      [await power.renew(dockSn, 'one', run.now() + 9 * hour), await power.renew(dockSn, 'other', 0)],
      [true, false],
    )
    assert.equal((await power.find(dockSn))?.until, run.now() + maxLeaseMs)
    await power.release(dockSn, 'one')
    assert.equal(await power.open(dockSn, 'other', run.now() + hour), 'busy')
    await run.settle()
    assert.deepEqual(dock.told, ['open', 'wake', 'sleep', 'close'])
    assert.equal(await phaseOf(run), 'off')
    assert.equal(await power.open(dockSn, 'other', run.now() + hour), 'begun')
  })

  test('belongs to the token’s subject, whatever its name, and shows the name', async () => {
    const run = await wirePower(world.table)
    const handle = onHttp(debugRoutes, () => {
      const use = { docks: dockStore(world.table), power: run.power, now: run.now }
      return { ...openDebugMode(use), ...closeDebugMode(use) }
    })
    const open = async (sub: string, username: string) => {
      const claims = { sub, username, scope: 'groundcrew/operate' }
      const call = { params: { dockSn: run.dockSn }, body: { forSeconds: 600 }, claims }
      return declared('openDebugMode', answerOf(await handle(eventOf('openDebugMode', call))))
    }
    const { status, body } = await open('subject-1', 'ann')
    assert.deepEqual([status, DebugMode.parse(body).heldBy], [202, 'ann'])
    // Somebody else who is called so, and one who has taken another name since.
    assert.equal((await open('subject-2', 'ann')).problem.name, 'debug-mode-held')
    assert.equal((await open('subject-1', 'bea')).status, 202)
    const runOfCollection = 'collections/nightly/runs/1'
    assert.equal(await run.power.open(run.dockSn, 'subject-1', run.now() + hour), 'heldByOther')
    await run.power.close(run.dockSn, 'subject-1')
    await run.settle()
    assert.equal(await run.power.open(run.dockSn, runOfCollection, run.now() + hour), 'begun')
    assert.equal((await open(runOfCollection, runOfCollection)).problem.name, 'debug-mode-held')
  })

  test('goes to one of several concurrent callers, the first time and later', async () => {
    const run = await wirePower(world.table)
    const holders = ['a', 'b', 'c']
    for (const told of [
      ['open', 'wake'],
      ['open', 'wake', 'sleep', 'close', 'open', 'wake'],
    ]) {
      const outcomes = await Promise.all(
        holders.map((holder) => run.power.open(run.dockSn, holder, run.now() + hour)),
      )
      assert.deepEqual(outcomes.toSorted(), ['begun', 'heldByOther', 'heldByOther'])
      await run.settle()
      assert.deepEqual(run.dock.told, told)
      for (const holder of holders) await run.power.release(run.dockSn, holder)
      await run.settle()
    }
  })

  test('ends with its lease, although its holder died', async () => {
    const run = await wirePower(world.table)
    await run.power.open(run.dockSn, 'one', run.now() + 600_000)
    await run.settle()
    await minutes(run, 9)
    assert.equal(run.dock.state.isAircraftOn, true)
    await minutes(run, 2)
    assert.deepEqual([run.dock.state.isDebugging, run.dock.state.isAircraftOn], [false, false])
  })

  suite('is not begun', () => {
    const refused = async (make: (run: Awaited<ReturnType<typeof wirePower>>) => Promise<unknown>) => {
      const run = await wirePower(world.table)
      await make(run)
      const outcome = await run.power.open(run.dockSn, 'one', run.now() + hour)
      await run.settle()
      assert.deepEqual(run.dock.told, [])
      return outcome
    }

    for (const mode of ['onSiteDebugging', 'remoteDebugging', 'upgrading', 'working'] as const)
      test(`at a dock that is ${mode}`, async () =>
        assert.equal(await refused(({ dockSn, now }) => relayed(dockSn, mode, now())), 'busy'))

    test('but it is at one that waits to be calibrated, which may last for weeks', async () => {
      const run = await wirePower(world.table)
      await relayed(run.dockSn, 'uncalibrated', run.now())
      assert.equal(await run.power.open(run.dockSn, 'one', run.now() + hour), 'begun')
    })

    test('while it exports for another platform, which nobody tells the end of', async () => {
      const foreign = (agoMs: number) => (run: Awaited<ReturnType<typeof wirePower>>) =>
        dockStore(world.table).sawForeignExport(run.dockSn, { objectKey: 'k', seenAt: run.now() - agoMs })
      assert.equal(await refused(foreign(2 * 60_000)), 'busy')
      const run = await wirePower(world.table)
      await foreign(4 * 60_000)(run)
      assert.equal(await run.power.open(run.dockSn, 'one', run.now() + hour), 'begun')
    })

    test('while it uploads for us', async () => {
      const upload = async ({ dockSn, now }: Awaited<ReturnType<typeof wirePower>>) => {
        const item = { ...dockKey(dockSn), dockSn, fleet: 'default', createdAt: now(), activeUpload: 'u-1' }
        await world.table.client.send(new PutCommand({ TableName: world.table.name, Item: item }))
      }
      assert.equal(await refused(upload), 'busy')
    })

    test('at a dock that is offline or unregistered', async () => {
      const away = ({ dockSn, now }: Awaited<ReturnType<typeof wirePower>>) => {
        const relay = { order: '1', heardAt: now(), online: false, since: now(), aircraft: [], firmware: {} }
        return presenceStore(world.table).record(dockSn, { relay }, now())
      }
      assert.equal(await refused(away), 'offline')
      const { power, now } = await wirePower(world.table)
      assert.equal(await power.open('NOBODYS', 'one', now() + hour), 'busy')
    })
  })

  test('makes the dock busy for upgrades until it is closed', async () => {
    const run = await wirePower(world.table)
    const isBusy = async () => (await connectDocks(world.table).ofDock(run.dockSn, run.now()))?.isBusy
    assert.equal(await isBusy(), false)
    await run.power.open(run.dockSn, 'one', run.now() + hour)
    assert.equal(await isBusy(), true)
    await run.settle()
    await run.power.release(run.dockSn, 'one')
    assert.equal(await isBusy(), true)
    await run.settle()
    assert.equal(await isBusy(), false)
  })

  test('is closed by a person, whoever holds it, and even if nothing is known about the dock', async () => {
    const held = await wirePower(world.table)
    await held.power.open(held.dockSn, 'one', held.now() + hour)
    await held.settle()
    await held.power.close(held.dockSn, 'ann')
    await held.settle()
    assert.deepEqual(held.dock.told, ['open', 'wake', 'sleep', 'close'])
    const unknown = await wirePower(world.table)
    unknown.dock.state.isDebugging = true
    await unknown.power.close(unknown.dockSn, 'ann')
    await unknown.settle()
    assert.deepEqual([await phaseOf(unknown), unknown.dock.told], ['off', ['close']])
  })

  test('raises an alarm if the dock does not come back, and closes it when it does', async () => {
    const run = await wirePower(world.table)
    await run.power.open(run.dockSn, 'one', run.now() + hour)
    await run.settle()
    run.dock.state.isGone = true
    await minutes(run, 90)
    assert.equal(await phaseOf(run), 'stuck')
    const said = lines.filter(
      ({ message, dockSn }) => dockSn === run.dockSn && message === messages.debugModeStuck[1],
    )
    assert.deepEqual(
      said.map(({ holder }) => holder),
      ['one'],
    )
    run.dock.state.isGone = false
    await minutes(run, 5)
    assert.equal(run.dock.state.isDebugging, true)
    await presenceStore(world.table).record(
      run.dockSn,
      { connected: { version: 1, at: run.now(), heardAt: run.now() } },
      run.now(),
    )
    await minutes(run, 1)
    assert.deepEqual([await phaseOf(run), run.dock.state.isDebugging], ['off', false])
  })

  /** Whoever works dies at a call, before it reached the table or the broker or after, and does no more. */
  class Killed extends Error {}
  const story = async (killAt: number, when: 'before' | 'after') => {
    let [calls, isAlive] = [0, true]
    /** What becomes of a call of whoever may die. */
    const fateOf = (): 'lost' | 'unanswered' | undefined => {
      calls += 1
      if (!isAlive) return 'lost'
      isAlive = calls !== killAt
      return isAlive ? undefined : when === 'before' ? 'lost' : 'unanswered'
    }
    const run = await wirePower(world.table)
    const mortal = run.connect(
      failingTable(world.table, (call) => (call.startsWith('PutCommand') ? fateOf() : undefined)),
      (publish) => async (message, options) => {
        const fate = fateOf()
        if (fate !== 'lost') await publish(message, options)
        if (fate) throw new Killed()
      },
    )
    const step = async (work: () => Promise<unknown>) => isAlive && work().catch(() => undefined)
    await step(() => mortal.open(run.dockSn, 'one', run.now() + 600_000))
    await step(() => run.settle(mortal))
    await step(() => mortal.release(run.dockSn, 'one'))
    await step(() => run.settle(mortal))
    const { state } = run.dock
    await minutes(run, 40)
    assert.deepEqual(
      [(await phaseOf(run)) ?? 'off', state.isDebugging, state.isAircraftOn],
      ['off', false, false],
      `killed ${when} call ${killAt}`,
    )
    return calls
  }

  test('is off in the end, wherever a function is killed', async () => {
    const all = await story(0, 'before')
    assert.ok(all >= 12, `${all}`)
    for (let killAt = 1; killAt <= all; killAt += 1)
      for (const when of ['before', 'after'] as const) await story(killAt, when)
  })
})
