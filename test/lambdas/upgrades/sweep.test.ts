import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { batchOf } from '../../support/dock-messages.ts'
import { failingTable } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import { fault, progress, start, time, versions, wireUpgrades } from '../../support/upgrades.ts'

describe('the sweep of upgrades', () => {
  const world = openTable()

  const at = (backend: ReturnType<typeof wireUpgrades>, seconds: number) => {
    backend.clock.now = start + seconds * 1000
  }
  const asked = (backend: ReturnType<typeof wireUpgrades>, deviceId: string) =>
    backend.sent.filter(({ payload }) => payload.includes(deviceId)).map(({ topic }) => topic.split('/')[2])

  it('asks a silent device once what it runs, and gives it up when it had a minute to answer', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 600 })
    at(backend, 599)
    await backend.sweep()
    assert.deepEqual(asked(backend, device.deviceId), [])
    for (const seconds of [600, 630, 659]) {
      at(backend, seconds)
      await backend.sweep()
      assert.equal(await device.short(), 'pending')
    }
    for (const seconds of [660, 720]) {
      at(backend, seconds)
      await backend.sweep()
    }
    assert.deepEqual(asked(backend, device.deviceId), [device.deviceId])
    const { text } = await backend.call('listUpgrades', { query: { state: 'timedOut', limit: '200' } })
    assert.ok(text.includes(`"${device.deviceId}"`))
    assert.equal((await device.view()).attempt?.silentAt, undefined)
  })

  it('asks through the gateway', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.register({ parentId: 'gateway-9' })
    await device.open('v2', { timeoutSeconds: 600 })
    at(backend, 600)
    await backend.sweep()
    assert.deepEqual(asked(backend, device.deviceId), ['gateway-9'])
  })

  it('asks again in its next run when that failed, and lets the others not wait', async () => {
    const backend = wireUpgrades(world.table)
    const devices = [backend.device(), backend.device()]
    for (const device of devices) await device.open('v2', { timeoutSeconds: 600 })
    at(backend, 600)
    backend.broker.failing = true
    await backend.sweep()
    backend.broker.failing = false
    at(backend, 660)
    await backend.sweep()
    for (const { deviceId } of devices) assert.deepEqual(asked(backend, deviceId), [deviceId])
  })

  it('goes on with the others when one cannot be read, which it comes back to', async () => {
    const backend = wireUpgrades(world.table)
    const [lost, kept] = [backend.device(), backend.device()]
    for (const device of [lost, kept]) await device.open('v2', { timeoutSeconds: 600 })
    const isLost = (call: string) => (call.includes(`DEVICE#${lost.deviceId}`) ? 'lost' : undefined)
    const broken = wireUpgrades(failingTable(world.table, isLost))
    at(broken, 600)
    await broken.sweep()
    assert.deepEqual([asked(broken, lost.deviceId), asked(broken, kept.deviceId)], [[], [kept.deviceId]])
    at(backend, 600)
    await backend.sweep()
    assert.deepEqual(asked(backend, lost.deviceId), [lost.deviceId])
  })

  it('leaves a device alone that still reports, and finds it when it falls silent', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 600 })
    await device.say(500, progress(10, 'v1'))
    at(backend, 700)
    await backend.sweep()
    assert.deepEqual([await device.short(), asked(backend, device.deviceId)], ['upgrading', []])
    assert.equal((await device.view()).attempt?.silentAt, time(1100))
    await backend.conclude(1100)
    assert.deepEqual([await device.short(), asked(backend, device.deviceId)], ['timedOut', [device.deviceId]])
  })

  it('asks once of silence that begins while it runs', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 600 })
    await device.say(5, progress(10, 'v1'))
    await device.say(10, progress(20, 'v1'))
    at(backend, 609)
    await backend.sweep(() => at(backend, 611))
    await backend.sweep()
    assert.deepEqual(asked(backend, device.deviceId), [device.deviceId])
  })

  it('asks also where a report came out of its queue after the silence that followed it', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 600 })
    at(backend, 700)
    await device.say(10, progress(10, 'v1'))
    assert.deepEqual([await device.short(), asked(backend, device.deviceId)], ['upgrading', []])
    await backend.sweep()
    assert.deepEqual(asked(backend, device.deviceId), [device.deviceId])
    // Its answer is not taken for a new attempt to upgrade: nobody asks a second time.
    await device.say(710, versions('v1'))
    at(backend, 760)
    await backend.sweep()
    assert.deepEqual([await device.short(), asked(backend, device.deviceId).length], ['timedOut', 1])
  })

  it('is answered: the version proves it, and the device is not looked at again', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 600 })
    at(backend, 600)
    await backend.sweep()
    await device.say(601, versions('v2'))
    at(backend, 99_999)
    await backend.sweep()
    assert.deepEqual(
      [await device.short(), asked(backend, device.deviceId).length],
      ['succeeded confirmed', 1],
    )
  })

  it('asks again when the time of proof of a claim is over, and believes it if nothing comes', async () => {
    const backend = wireUpgrades(world.table)
    const [mute, early, failing] = [backend.device(), backend.device(), backend.device()]
    for (const device of [mute, early, failing]) {
      await device.open('v2', { proveSeconds: 300 })
      await device.say(10, progress(100, 'v2'))
    }
    await early.say(20, versions('v1'))
    backend.sent.splice(0)
    at(backend, 310)
    await backend.sweep()
    const all = [mute, early, failing]
    assert.deepEqual(
      all.map(({ deviceId }) => asked(backend, deviceId).length),
      [1, 1, 1],
    )
    await early.say(330, versions('v2'))
    await failing.say(340, fault(10))
    at(backend, 370)
    await backend.sweep()
    const states = await Promise.all(all.map((device) => device.short()))
    assert.deepEqual(states, ['succeeded matched', 'succeeded confirmed', 'failed'])
    const { text } = await backend.call('listUpgrades', { query: { state: 'succeeded', limit: '200' } })
    assert.ok(text.includes(`"${mute.deviceId}"`))
  })

  it('concludes nothing from what it read when a report comes meanwhile', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { proveSeconds: 300 })
    await device.say(10, progress(100, 'v2'))
    at(backend, 310)
    await backend.sweep()
    const late = device.message([fault(10)], { at: 369 })
    at(backend, 370)
    let taken: Promise<unknown> | undefined
    await backend.sweep(async () => {
      taken = backend.ingest(batchOf(late))
      await taken
    })
    assert.ok(taken)
    assert.equal(await device.short(), 'failed')
  })

  it('asks nothing of attempts that have ended, by the device or by us', async () => {
    const backend = wireUpgrades(world.table)
    const [done, closed, replaced] = [backend.device(), backend.device(), backend.device()]
    const ids = []
    for (const device of [done, closed, replaced])
      ids.push((await device.open('v2', { timeoutSeconds: 600 })).id)
    await done.say(5, versions('v2'))
    await closed.close(ids[1] ?? '')
    await replaced.open('v3', { replace: true, timeoutSeconds: 60_000 })
    at(backend, 700)
    await backend.sweep()
    for (const { deviceId } of [done, closed, replaced]) assert.deepEqual(asked(backend, deviceId), [])
  })
})
