import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Signs, worthWriting } from '../../../lambdas/upgrades/signs.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'
import { logLine, start, time, versions, wireUpgrades } from '../../support/upgrades.ts'

const minute = 60

/** What an SDK sends when it connects. */
const greeting = (sdk?: string, more: object = {}) => ({
  service_id: '$sdk_info',
  event_type: 'sdk_info_report',
  paras: { device_sdk_version: sdk, sw_version: null, fw_version: null, ...more },
})

describe('a sign of life of a device', () => {
  const world = openTable()

  const known = async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.register({})
    const seen = async () => {
      const { lastSeenAt, sdk } = await device.view()
      return [lastSeenAt, sdk]
    }
    return { backend, device, seen }
  }
  const writes = () => world.used.filter(({ kind }) => kind === 'write').length

  it('is on its record, with the name of its SDK', async () => {
    const { device, seen } = await known()
    assert.deepEqual(await seen(), [undefined, undefined])
    await device.say(1, logLine)
    assert.deepEqual(await seen(), [time(1), undefined])
    await device.say(2, greeting('JAVA_v1.2.0'))
    assert.deepEqual(await seen(), [time(2), 'JAVA_v1.2.0'])
  })

  it('is a report of its versions if it contains them, with the name of its SDK', async () => {
    const { device, seen } = await known()
    await device.say(1, greeting('PYTHON_v1.2.0', { fw_version: 'f1' }))
    assert.deepEqual(await seen(), [time(1), 'PYTHON_v1.2.0'])
    assert.equal((await device.view()).firmware?.version, 'f1')
  })

  it('is written once in ten minutes, however often it comes, and is no rejected message', async () => {
    const { backend, device, seen } = await known()
    await device.say(0, greeting('GO_v1'))
    world.used.length = 0
    for (let second = 1; second < 10 * minute; second += 30)
      await device.say(second, logLine, greeting('GO_v1'))
    assert.equal(writes(), 0)
    assert.deepEqual(await seen(), [time(0), 'GO_v1'])
    await device.say(10 * minute, logLine)
    assert.equal(writes(), 1)
    assert.deepEqual(await seen(), [time(10 * minute), 'GO_v1'])
    assert.deepEqual((await backend.rejected.list(device.deviceId, 'all', {})).items, [])
  })

  it('from an SDK whose name keeps changing is written no more often', async () => {
    const { device } = await known()
    await device.say(0, greeting('A'))
    world.used.length = 0
    for (let second = 1; second < 30 * minute; second += minute)
      await device.say(second, greeting(`S${second}`))
    assert.equal(writes(), 2)
  })

  it('costs nothing more for a device that reports anyway', async () => {
    const { device, seen } = await known()
    await device.say(1, versions('f1'))
    world.used.length = 0
    await device.say(2, logLine)
    assert.deepEqual(
      world.used.map(({ kind }) => kind),
      ['read'],
    )
    assert.deepEqual(await seen(), [time(1), undefined])
  })

  it('creates no record of an unknown device, and does not speak for one that is not its child', async () => {
    const backend = wireUpgrades(world.table)
    const stranger = backend.device()
    await stranger.say(1, logLine, greeting('JAVA'))
    assert.equal((await backend.call('getUpgrade', { params: { deviceId: stranger.deviceId } })).status, 404)
    const { device, seen } = await known()
    await backend.ingest(batchOf(stranger.message([greeting('JAVA')], { at: 2, about: device.deviceId })))
    assert.deepEqual(await seen(), [undefined, undefined])
  })

  it('counts the newest, in whatever order it comes', () => {
    const sign = fc.record({
      at: fc.integer({ min: 0, max: 90 }),
      sdk: fc.option(fc.constant('S'), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(sign, { minLength: 1, maxLength: 12 }), (signs) => {
        const facts: Signs = {}
        for (const { at, sdk } of signs) {
          const receipt = { receivedAt: start + at * 60_000, receiptId: `r${at}` }
          Object.assign(facts, worthWriting(facts, {}, { receipt, sdk }))
        }
        const newest = Math.max(...signs.map(({ at }) => at))
        const seen = Number(facts.seen?.order.slice(0, 13))
        assert.ok(seen > start + (newest - 10) * 60_000, 'no older than ten minutes')
        assert.equal(
          facts.sdk !== undefined,
          signs.some(({ sdk }) => sdk !== undefined),
        )
      }),
    )
  })
})
