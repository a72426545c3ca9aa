import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { page } from '../../../lambdas/http/shapes.ts'
import { Upgrade } from '../../../lambdas/upgrades/shapes.ts'
import { openTable } from '../../support/table.ts'
import { fault, inShort, progress, start, time, versions, wireUpgrades } from '../../support/upgrades.ts'

/**
 * What users of hawkBit, ThingsBoard, AWS IoT Jobs, Azure Device Update and others complain about, class by
 * class: none of it may be true of us. Each name begins with an issue that it stands for.
 */
describe('what others are complained about:', () => {
  const world = openTable()

  it('hawkBit #693, stuck forever: silence ends an attempt, and the list knows', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 600 })
    await device.say(30, progress(10, 'v1'))
    await backend.conclude(631)
    assert.equal(await device.short(), 'timedOut')
    const found = await backend.call('listUpgrades', { query: { state: 'timedOut' } })
    assert.match(found.text, new RegExp(device.deviceId))
  })

  it('edgehog #1469, stuck though it was upgraded: we ask at the timeout, and the answer counts', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 600 })
    backend.clock.now = start + 601_000
    await backend.sweep()
    assert.match(backend.sent[0]?.payload ?? '', /version_query/)
    await device.say(700, versions('v2'))
    assert.equal(await device.short(), 'succeeded confirmed')
  })

  it('hawkBit #3185, success while the old image runs: 100 % is none, and a success says how we know', async () => {
    const device = wireUpgrades(world.table).device()
    await device.open()
    await device.say(10, progress(100, 'v1', { description: 'download finished' }))
    assert.equal(await device.short(), 'upgrading')
    await device.say(20, progress(100, 'v2'))
    assert.equal(await device.short(), 'upgrading matched')
    await device.say(30, versions('v1'))
    assert.equal(await device.short(), 'upgrading')
    await device.say(40, fault(10))
    assert.equal(await device.short(), 'failed')
  })

  it('amazon-freertos #3407, rolled back yet completed: a version report of the old version shows', async () => {
    const device = wireUpgrades(world.table).device()
    await device.open()
    await device.say(10, progress(100, 'v2'))
    await device.say(20, versions('v2'))
    await device.say(30, versions('v1'))
    const view = await device.view()
    assert.equal(inShort(view), 'rolledBack')
    assert.deepEqual([view.firmware, view.reportedVersion], [{ version: 'v1', reportedAt: time(30) }, 'v1'])
  })

  it('hawkBit #1085 and Azure #625, an end overwritten or reopened: late reports change none', async () => {
    const backend = wireUpgrades(world.table)
    const [done, failed] = [backend.device(), backend.device()]
    for (const device of [done, failed]) await device.open()
    await done.say(10, versions('v2'))
    await failed.say(10, fault(7))
    for (const device of [done, failed]) {
      const before = await device.short()
      for (const service of [progress(20, 'v1'), progress(100, 'v1'), fault(1)]) {
        await device.say(5, service)
        assert.equal(await device.short(), before)
      }
    }
    for (const service of [progress(20, 'v1'), progress(100, 'v1'), fault(1)]) await failed.say(20, service)
    assert.equal(await failed.short(), 'failed')
  })

  it('thingsboard-client-sdk #144, up to date shown as failure: code 3 with the target is a success', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open()
    await device.say(10, fault(3, 'v2'))
    assert.equal(await device.short(), 'upgrading matched')
    await backend.conclude(910)
    assert.equal(await device.short(), 'succeeded matched')
  })

  it('Azure #642, two views that disagree: device, attempt and list say the same', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 600 })
    const agree = async () => {
      const view = await device.view()
      const [attempt] = await device.attempts()
      const query = { state: view.state ?? '', limit: '200' }
      const { items } = page(Upgrade).parse((await backend.call('listUpgrades', { query })).body)
      assert.ok(attempt)
      assert.deepEqual(view.attempt, attempt)
      assert.equal(inShort(view), inShort(attempt))
      assert.deepEqual(
        items.find(({ deviceId }) => deviceId === device.deviceId),
        view,
      )
    }
    await agree()
    for (const [n, service] of [
      progress(10, 'v1'),
      fault(6),
      progress(100, 'v2'),
      versions('v1'),
    ].entries()) {
      await device.say(n * 10, service)
      await agree()
    }
  })

  it('ThingsBoard #10191, done again after a reboot with the old version: that is no success', async () => {
    const device = wireUpgrades(world.table).device()
    await device.open()
    await device.say(10, progress(90, 'v1'))
    await device.say(20, progress(100, 'v1'))
    await device.say(30, progress(0, 'v1'))
    assert.equal(await device.short(), 'upgrading')
  })

  it('hawkBit #381, a device that lost its own progress: what it said last can be read', async () => {
    const device = wireUpgrades(world.table).device()
    await device.open()
    await device.say(10, progress(40, 'v1', { description: 'writing block 7' }))
    const { percent, reportedVersion, lastReportAt, attempt } = await device.view()
    assert.deepEqual(
      [percent, reportedVersion, lastReportAt, attempt?.description],
      [40, 'v1', time(10), 'writing block 7'],
    )
  })

  it('hawkBit #952, unclear what cancelling does: closing ends our books at once, and tells the device nothing', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { id } = await device.open()
    await device.say(10, progress(40, 'v1'))
    assert.equal((await device.close(id)).status, 200)
    const { state, attempt } = await device.view()
    assert.deepEqual([state, attempt?.closedBy, backend.sent], ['closed', 'machine-1', []])
  })

  it('hawkBit #2558, a history that cannot be read: every report can, as it came', async () => {
    const device = wireUpgrades(world.table).device()
    const { id } = await device.open()
    await device.say(10, progress(40, 'v1'))
    await device.say(20, fault(127, 'v1', { description: 'E_UNKNOWN' }))
    const [newest, ...earlier] = await device.reports(id)
    const { failure, ...failed } = newest ?? {}
    assert.equal(failure?.code, 127)
    assert.deepEqual(
      [failed, ...earlier],
      [
        {
          receivedAt: time(20),
          kind: 'upgradeReport',
          meaning: 'failed',
          resultCode: 127,
          percent: 0,
          version: 'v1',
          description: 'E_UNKNOWN',
          repeats: 0,
        },
        {
          receivedAt: time(10),
          kind: 'upgradeReport',
          meaning: 'upgrading',
          resultCode: 0,
          percent: 40,
          version: 'v1',
          repeats: 0,
        },
      ],
    )
  })

  it('aktualizr #771, left in the dark while it runs: percent moves with every report, and the ETag with it', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open()
    const seen = new Set<unknown>()
    for (const percent of [10, 20, 30]) {
      await device.say(percent, progress(percent, 'v1'))
      const { headers, text } = await backend.call('getUpgrade', { params: { deviceId: device.deviceId } })
      assert.match(text, new RegExp(`"percent":${percent},`))
      seen.add(headers.etag)
    }
    assert.equal(seen.size, 3)
  })

  it('mikrotik-manager #140, a restart strands what was under way: nothing is held in memory', async () => {
    const device = wireUpgrades(world.table).device()
    await device.open('v2', { timeoutSeconds: 600 })
    await device.say(10, progress(10, 'v1'))
    const restarted = wireUpgrades(world.table)
    await restarted.conclude(700)
    assert.equal(await restarted.device(device.deviceId).short(), 'timedOut')
  })

  it('sdk-nrf #1814 and AWS OTA #506, reports that race or fail while the device restarts: any order is right', async () => {
    const device = wireUpgrades(world.table).device()
    await device.open()
    await device.say(30, versions('v2'))
    await device.say(10, progress(50, 'v1'))
    await device.say(20, progress(100, 'v2'))
    assert.equal(await device.short(), 'succeeded confirmed')
  })
})
