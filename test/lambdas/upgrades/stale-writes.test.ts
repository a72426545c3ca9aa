import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { attemptKey, deviceKey } from '../../../lambdas/table/keys.ts'
import { closeAttempt, openAttempt } from '../../../lambdas/upgrades/attempts.ts'
import type { Device } from '../../../lambdas/upgrades/devices.ts'
import { factsOfStep } from '../../../lambdas/upgrades/facts.ts'
import { removeDevice } from '../../../lambdas/upgrades/remove-device.ts'
import type { Attempt } from '../../../lambdas/upgrades/state.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { overtaken } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import { progress, start, wireUpgrades } from '../../support/upgrades.ts'

describe('a device that has changed since it was read', () => {
  const world = openTable()
  const { table } = world
  const backend = wireUpgrades(table)
  const of = (deviceId: string) => async (): Promise<Device> =>
    (await backend.upgrades.get(deviceId)) ?? assert.fail()
  const itemOf = async (Key: { pk: string; sk: string }) =>
    (await table.client.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true }))).Item

  it('is not removed if it moved, reported, or was removed', async () => {
    const device = backend.device()
    const read = of(device.deviceId)
    const isRemoved = (known: Device) => removeDevice(table, known, start)
    await device.register({ fleet: 'north' })
    const silent = await read()
    await device.register({ fleet: 'south' })
    assert.equal(await isRemoved(silent), false)
    const registered = await read()
    await device.say(1, progress(1, 'v1'))
    assert.equal(await isRemoved(registered), false)
    const heard = await read()
    await device.say(2, progress(2, 'v1'))
    assert.equal(await isRemoved(heard), false)
    assert.equal(await isRemoved(await read()), true)
    assert.equal(await isRemoved(await read()), false)
  })

  it('expires all the same if it spoke just before it was removed again', async () => {
    const device = backend.device()
    const read = of(device.deviceId)
    await device.register()
    await removeDevice(table, await read(), start)
    const removed = async () => assert.equal(await removeDevice(table, await read(), start), true)
    const slow = wireUpgrades(overtaken(table, /^UpdateCommand.*"REMOVE expiresAt"/, removed))
    assert.deepEqual(await slow.ingest(batchOf(device.message([progress(1, 'v1')], { at: 1 }))), [])
    assert.ok((await itemOf(deviceKey(device.deviceId)))?.expiresAt)
  })

  it('gets no note of what we did before it reported', async () => {
    const device = backend.device()
    backend.clock.now = start
    await device.open('v2')
    const known = await of(device.deviceId)()
    await device.say(1, progress(1, 'v1'))
    const asked = factsOfStep({ do: 'ask' }, start, known.attempt?.id ?? '')
    assert.equal(await backend.upgrades.note(known, asked), false)
    assert.equal((await of(device.deviceId)()).registers.asked, undefined)
  })

  const attempts = () => {
    const { deviceId } = backend.device()
    /** Opens an attempt, which is closed at once. */
    const attempt = async (campaignId: string | undefined, retryOf?: { id: string; isFollowed: boolean }) => {
      const wanted: Attempt = {
        id: newId(start),
        campaignId,
        package: 'firmware',
        target: 'v2',
        openedAt: start,
        timeoutSeconds: 600,
        proveSeconds: 900,
        requestedBy: 'ann',
      }
      const known = await backend.upgrades.get(deviceId)
      const opening = { replace: false, now: start, retryOf }
      const outcome = await openAttempt(table, deviceId, known, wanted, opening)
      await closeAttempt(table, deviceId, wanted.id, 'ann', start)
      return { outcome, id: wanted.id }
    }
    return { deviceId, attempt }
  }

  it('is not tried again in a campaign for an attempt that was tried again already', async () => {
    const { attempt } = attempts()
    const { id } = await attempt('c')
    assert.equal((await attempt('c', { id, isFollowed: false })).outcome, 'opened')
    assert.equal((await attempt('c', { id, isFollowed: false })).outcome, 'alreadyIn')
  })

  it('is not tried again for an attempt whose record has expired, which does not come back', async () => {
    const { deviceId, attempt } = attempts()
    const { id } = await attempt('c')
    await attempt(undefined)
    const Key = attemptKey(deviceId, id)
    await table.client.send(new DeleteCommand({ TableName: table.name, Key }))
    assert.equal((await attempt('c', { id, isFollowed: true })).outcome, 'changed')
    assert.equal(await itemOf(Key), undefined)
  })

  it('gets no late report into an attempt whose record has expired meanwhile', async () => {
    const device = backend.device()
    await device.register()
    backend.clock.now = start
    const { id } = await device.open('v2')
    backend.clock.now = start + 100_000
    await device.open('v3', { replace: true })
    const Key = attemptKey(device.deviceId, id)
    const expire = () => table.client.send(new DeleteCommand({ TableName: table.name, Key }))
    const slow = wireUpgrades(overtaken(table, /^UpdateCommand.*"ATTEMPT#/, expire))
    assert.deepEqual(await slow.ingest(batchOf(device.message([progress(1, 'v1')], { at: 1 }))), [])
    assert.equal(await itemOf(Key), undefined)
  })
})

/** A claim is under proof from the first one after the newest report of another version. */
describe('a report of another version', () => {
  const { table } = openTable()
  const backend = wireUpgrades(table)
  const opened = async () => {
    const device = backend.device()
    backend.clock.now = start
    await device.open('v2', { timeoutSeconds: 3600 })
    const provesAfter = async () => {
      const { attempt } = await device.view()
      return (Date.parse(attempt?.provesAt ?? '') - start) / 1000 - 900
    }
    return { ...device, provesAfter }
  }

  it('is not hidden by the target’s, which follows it', async () => {
    const { say, provesAfter } = await opened()
    await say(150, progress(100, 'v2'))
    await say(160, progress(10, 'v1'))
    await say(170, progress(100, 'v2'))
    assert.equal(await provesAfter(), 170)
  })

  it('is not hidden by a message with the target’s and an older one of a third version', async () => {
    const { say, message, provesAfter } = await opened()
    await say(159, progress(100, 'v2'))
    await say(160, progress(10, 'v1'))
    const late = [message([progress(10, 'v3')], { at: 158 }), message([progress(100, 'v2')], { at: 170 })]
    assert.deepEqual(await backend.ingest(batchOf(...late)), [])
    assert.equal(await provesAfter(), 170)
  })

  it('is not hidden on a device from before its writes were counted either', async () => {
    const { deviceId, say, provesAfter } = await opened()
    await say(150, progress(100, 'v2'))
    const UpdateExpression = 'REMOVE rev'
    await table.client.send(
      new UpdateCommand({ TableName: table.name, Key: deviceKey(deviceId), UpdateExpression }),
    )
    await say(160, progress(10, 'v1'))
    await say(170, progress(100, 'v2'))
    assert.equal(await provesAfter(), 170)
  })

  it('is not hidden by what another function has read before it', async () => {
    const { say, message, provesAfter } = await opened()
    await say(159, progress(100, 'v2'))
    const contradicted = () => say(160, progress(10, 'v1'))
    const slow = wireUpgrades(overtaken(table, /^UpdateCommand.*otherVersion = /, contradicted))
    const late = [message([progress(10, 'v3')], { at: 158 }), message([progress(100, 'v2')], { at: 170 })]
    assert.deepEqual(await slow.ingest(batchOf(...late)), [])
    assert.equal(await provesAfter(), 170)
  })
})
