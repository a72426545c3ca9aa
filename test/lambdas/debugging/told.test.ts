import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import type { Item } from '../../../lambdas/changes/change.ts'
import { debugChanges } from '../../../lambdas/debugging/changes.ts'
import { recordDebugReplies, recordPowerProgress } from '../../../lambdas/debugging/record.ts'
import { DebugMode } from '../../../lambdas/debugging/shapes.ts'
import { debugView } from '../../../lambdas/debugging/view.ts'
import { rejectedStore } from '../../../lambdas/rejected/store.ts'
import { debugKey } from '../../../lambdas/table/keys.ts'
import { methods } from '../../../protocols/dji-remote-debug/topics.ts'
import type { DeviceMessage } from '../../../protocols/message.ts'
import { wirePower } from '../../support/debugging.ts'
import { batchOf, queued } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'

/** What docks say of their debug mode, by way of the queues, and what is told of it to others. */

type Run = Awaited<ReturnType<typeof wirePower>>

suite('An event of a debug mode', () => {
  const world = openTable()

  const itemOf = async ({ dockSn }: Run): Promise<Item | undefined> =>
    (await world.table.client.send(new GetCommand({ TableName: world.table.name, Key: debugKey(dockSn) })))
      .Item

  /** The events of all that is done, one write after the other. */
  const telling = (run: Run) => {
    const told: string[] = []
    let before: Item | undefined
    const look = async () => {
      const now = await itemOf(run)
      if (now?.rev === before?.rev) return
      const change = {
        key: debugKey(run.dockSn),
        ...(before && { before }),
        ...(now && { after: now }),
        at: 0,
      }
      const events = await debugChanges.eventsOf(change, async () => [{ fleet: 'north' }])
      for (const { type, previous, fleet, subject, record, version } of events) {
        assert.deepEqual([fleet, subject], ['north', `docks/${run.dockSn}/debug-mode`])
        assert.equal(version, String(now?.rev))
        DebugMode.parse(record)
        told.push(`${type.split('.')[2]} after ${previous?.state}`)
      }
      before = now
    }
    return {
      told,
      look,
      heard: {
        heard: async (...of: Parameters<Run['power']['heard']>) => {
          const session = await run.power.heard(...of)
          await look()
          return session
        },
      },
    }
  }

  const whole = async (run: Run) => {
    const { told, look, heard } = telling(run)
    await run.power.open(run.dockSn, 'one', run.now() + 3_600_000)
    await look()
    await run.settle({ ...run.power, ...heard })
    await run.power.release(run.dockSn, 'one')
    await look()
    await run.settle({ ...run.power, ...heard })
    return told
  }

  test('is that it is on or off, with the previous state', async () =>
    assert.deepEqual(await whole(await wirePower(world.table)), ['on after waking', 'off after closing']))

  test('is that a dock refused, once, and none about a mode that was never open', async () => {
    const run = await wirePower(world.table)
    run.dock.state.refuses.set('open', 514_148)
    assert.deepEqual(await whole(run), ['refused after opening'])
  })

  test('is that the aircraft could not be switched on, and then that all is closed', async () => {
    const run = await wirePower(world.table)
    run.dock.state.refuses.set('wake', 514_123)
    assert.deepEqual(await whole(run), ['refused after waking', 'off after closing'])
    const { failure } = debugView(run.dockSn, await run.power.find(run.dockSn))
    assert.deepEqual([failure?.step, failure?.code, failure?.retryable], ['wake', 514_123, true])
  })

  test('is that a dock is stuck', async () => {
    const run = await wirePower(world.table)
    const { told, look } = telling(run)
    run.dock.state.isGone = true
    await run.power.open(run.dockSn, 'one', run.now() + 3_600_000)
    for (let n = 0; n < 20; n += 1) {
      await look()
      run.wait(60)
      await run.power.look(run.dockSn)
    }
    assert.deepEqual(told, ['refused after opening', 'stuck after closing'])
  })

  test('is not made when the record expires, or another record changes', async () => {
    const run = await wirePower(world.table)
    await whole(run)
    const gone = (await itemOf(run)) ?? {}
    const change = { key: debugKey(run.dockSn), before: gone, at: 0, by: 'timeToLive' as const }
    assert.deepEqual(await debugChanges.eventsOf(change, async () => []), [])
    assert.deepEqual(
      ['DEBUG', 'DOCK'].map((sk) => debugChanges.concerns({ pk: 'DOCK#1', sk })),
      [true, false],
    )
  })

  /** A dock's words as they come by the queues; `say` gives those that are wanted. */
  const byQueues = (run: Run) => {
    const rejected = rejectedStore(world.table)
    const acknowledged: DeviceMessage[] = []
    const replies = recordDebugReplies({ power: run.power, rejected })
    const progress = recordPowerProgress({
      power: run.power,
      rejected,
      now: run.now,
      acknowledge: async (message) => void acknowledged.push(message),
    })
    const batch = (...payloads: object[]) =>
      batchOf(...payloads.map((payload) => queued({ dockSn: run.dockSn, payload, receivedAt: run.now() })))
    return {
      acknowledged,
      reply: (...payloads: object[]) => replies(batch(...payloads)),
      progress: (...payloads: object[]) => progress(batch(...payloads)),
    }
  }

  test('of a dock comes through the queues, twice and beside other platforms’ work', async () => {
    const run = await wirePower(world.table)
    const { reply, progress, acknowledged } = byQueues(run)
    await run.power.open(run.dockSn, 'one', run.now() + 3_600_000)
    const commandId = async () => (await run.power.find(run.dockSn))?.sent?.ids.at(-1)
    const phase = async () => (await run.power.find(run.dockSn))?.phase
    const yes = { tid: await commandId(), method: methods.open, data: { result: 0 } }
    assert.deepEqual(await reply({ ...yes, tid: 'another' }, { method: methods.close, data: null }), [])
    assert.equal(await phase(), 'opening')
    await reply(yes, yes)
    assert.equal(await phase(), 'waking')
    const { processId } = (await run.power.find(run.dockSn))?.sent ?? {}
    const done = { tid: 'e-1', need_reply: 1, data: { output: { status: 'ok' } } }
    const under = { ...done, bid: 'another', data: { output: { status: 'in_progress' } } }
    await progress({ ...done, bid: 'another' }, { ...under, method: methods.wake })
    assert.equal(await phase(), 'waking')
    await progress({ ...done, bid: processId })
    assert.equal(await phase(), 'on')
    assert.deepEqual(
      acknowledged.map(({ topic }) => topic),
      [`thing/product/${run.dockSn}/events_reply`],
    )
    const kept = await rejectedStore(world.table).list(undefined, 'all', { limit: 50 })
    assert.deepEqual(
      kept.items.flatMap(({ source, reason }) => (source === run.dockSn ? reason : [])),
      ['noData'],
    )
  })
})
