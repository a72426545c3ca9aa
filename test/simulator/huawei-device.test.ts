import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import { nativeTopicsOf, topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { startHuaweiDevice } from '../../simulator/huawei/device.ts'
import { iotdaLogin } from '../../simulator/huawei/login.ts'
import { child, deviceId, now, startWorld, type World } from './huawei-world.ts'

let world: World
afterEach(() => world.close())

/** The versions that were reported, and of whom. */
const versions = () =>
  world
    .facts()
    .flatMap((fact) => (fact.kind === 'versionReport' ? [[fact.deviceId, fact.firmware, fact.software]] : []))

describe('a device asked for its version', () => {
  for (const topics of ['bridged', 'native'] as const) {
    it(`answers on the ${topics} topics`, async () => {
      world = await startWorld({ topics })
      await world.ask(deviceId)
      await world.until(() => world.heard.length === 1)
      assert.deepEqual(versions(), [[deviceId, 'v1.0.0', 'v1.0.0']])
      const expected = topics === 'native' ? nativeTopicsOf(deviceId) : topicsOf(deviceId)
      assert.equal(world.heard[0]?.topic, expected.events)
    })
  }

  it('says what it runs by then', async () => {
    world = await startWorld({ package: 'software' })
    await world.device.upgrade('v2.0.0', { script: { sdk: 'c' } })
    await world.ask(deviceId)
    await world.until(() => versions().length === 1)
    assert.deepEqual(versions(), [[deviceId, undefined, 'v2.0.0']])
  })

  it('takes its time where it is told to', async () => {
    world = await startWorld({ answersAfterMs: 60 })
    const answered = once(world.device.events, 'versionReported').then(() => performance.now())
    // Before the question: a timer counts from when its turn of the event loop began, which may be before the event.
    const from = performance.now()
    await world.ask(deviceId)
    const until = await answered
    // Timers count whole milliseconds.
    assert.ok(until - from >= 59, `${until - from} ms`)
  })

  it('takes a question about nobody for one about itself', async () => {
    world = await startWorld({ children: [child] })
    await world.ask('')
    await world.until(() => world.heard.length === 1)
    assert.equal(versions()[0]?.[0], deviceId)
  })

  it('answers for a child, and not for a stranger', async () => {
    world = await startWorld({ children: [child], package: 'firmware' })
    await world.device.upgrade('v1.1.0', { child, script: { sdk: 'c' } })
    await world.ask('stranger')
    await world.ask(child)
    await world.until(() => versions().length === 1)
    assert.deepEqual(versions(), [[child, 'v1.1.0', undefined]])
  })

  it('hears nothing where it does not subscribe', async () => {
    world = await startWorld({ subscribes: false })
    let asked = 0
    world.device.events.on('asked', () => {
      asked += 1
    })
    await world.ask(deviceId)
    await world.device.reportVersion()
    await world.device.reportVersion()
    assert.equal(asked, 0)
  })
})

describe('a gateway', () => {
  it('upgrades each child for itself', async () => {
    world = await startWorld({ children: [child] })
    await Promise.all([
      world.device.upgrade('v1.5.0', { child }),
      world.device.upgrade('v2.0.0', { script: { failure: 4 } }),
    ])
    assert.deepEqual([...world.device.versions.values()], ['v1.0.0', 'v1.5.0'])
    const lastOf = (id: string) => world.facts().findLast((fact) => fact.deviceId === id)
    const ofChild = lastOf(child)
    const own = lastOf(deviceId)
    assert.equal(ofChild?.kind === 'upgradeReport' && ofChild.version, 'v1.5.0')
    assert.equal(own?.kind === 'upgradeReport' && own.resultCode, 4)
    assert.ok(world.heard.every(({ topic }) => topic === topicsOf(deviceId).events))
  })

  it('does not speak for a device that is not behind it', async () => {
    world = await startWorld()
    await assert.rejects(world.device.upgrade('v2.0.0', { child }), /has no child/)
    await assert.rejects(world.device.reportVersion(child), /has no child/)
  })
})

describe('a device that signs in as at IoTDA', () => {
  it('sends the hour, and its id as user name', async () => {
    world = await startWorld({ secret: 'secret', signType: 1 })
    assert.deepEqual(world.signedIn, [iotdaLogin({ deviceId, secret: 'secret', signType: 1 }, now)])
    assert.equal(world.signedIn[0]?.clientId, `${deviceId}_0_1_2026112121`)
    assert.equal(world.signedIn[0]?.username, deviceId)
  })

  it('is told when the broker refuses it', async () => {
    world = await startWorld()
    await assert.rejects(startWorld({ secret: 'wrong', accepts: () => false }), /Not authorized/)
  })

  it('signs in with the new hour when the broker has dropped it', async () => {
    let clock = now
    world = await startWorld({ secret: 'secret', now: () => clock })
    clock += 3_600_000
    const back = once(world.device.events, 'online')
    world.dropAll()
    await back
    assert.equal(world.signedIn.at(-1)?.clientId, `${deviceId}_0_0_2026112122`)
  })

  it('otherwise signs in with what it was given', async () => {
    world = await startWorld({ clientId: 'other', username: 'name', password: 'word' })
    assert.deepEqual(world.signedIn, [{ clientId: 'other', username: 'name', password: 'word' }])
  })
})

describe('a device that comes and goes', () => {
  it('comes back after a restart and hears what it is asked', async () => {
    world = await startWorld()
    await world.device.reboot()
    await world.ask(deviceId)
    await world.until(() => versions().length === 1)
  })

  it('ends an upgrade where it is when it is closed', async () => {
    world = await startWorld({ pace: 60_000 })
    const reported: unknown[] = []
    world.device.events.on('reported', (report) => reported.push(report))
    const played = world.device.upgrade('v2.0.0')
    await world.device.close()
    assert.equal(await played, false)
    assert.deepEqual(reported, [])
  })

  it('cannot start against a broker that is not there, nor with an id that is none', async () => {
    world = await startWorld()
    const mqttUrl = 'mqtt://127.0.0.1:1'
    await assert.rejects(startHuaweiDevice({ mqttUrl, deviceId }), /ECONNREFUSED/)
    await assert.rejects(startHuaweiDevice({ mqttUrl: world.mqttUrl, deviceId: 'a/b' }), /not a device id/)
  })
})
