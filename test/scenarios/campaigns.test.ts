import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Campaign, CampaignDeviceResults } from '../../lambdas/campaigns/shapes.ts'
import { page } from '../../lambdas/http/shapes.ts'
import { UpgradeAttempt } from '../../lambdas/upgrades/shapes.ts'
import { createClock } from '../../local/clock.ts'
import { startHuaweiDevice } from '../../simulator/huawei/device.ts'
import type { HuaweiDeviceOptions } from '../../simulator/huawei/options.ts'
import { type Backend, onlyLocal, openBackend, openLocal } from '../support/story.ts'
import { deviceStory } from '../support/upgrades.ts'

const target = 'v2.0.0'
const timeoutSeconds = 600

/** What an operator does with one campaign, over HTTP and nothing else. */
const campaignStory = (backend: Backend) => {
  const path = `/v1/campaigns/story-${randomUUID()}`
  const look = async () => {
    await backend.untilCaughtUp()
    return Campaign.parse(await backend.must('GET', path))
  }
  return {
    look,
    put: (abort: object) =>
      backend.must('PUT', path, {
        name: 'Spring',
        package: 'firmware',
        targetVersion: target,
        timeoutSeconds,
        abort,
      }),
    post: (deviceIds: readonly string[]) => backend.api('POST', `${path}/devices`, { deviceIds }),
    add: async (deviceIds: readonly string[]) => {
      const answer = await backend.must('POST', `${path}/devices`, { deviceIds })
      return CampaignDeviceResults.parse(answer).results.map(({ outcome }) => outcome)
    },
    /** Ids of the devices in a state, from pages of two. */
    devicesIn: async (state: string) => {
      const found: string[] = []
      let cursor = ''
      await backend.untilCaughtUp()
      do {
        const answer = await backend.must('GET', `${path}/devices?state=${state}&limit=2${cursor}`)
        const { items, next } = page(UpgradeAttempt).parse(answer)
        assert(items.length <= 2)
        found.push(...items.map(({ deviceId }) => deviceId))
        cursor = next === undefined ? '' : `&cursor=${next}`
      } while (cursor)
      return found
    },
    until: (wanted: (campaign: Awaited<ReturnType<typeof look>>) => boolean) => backend.until(look, wanted),
  }
}

/** A simulated device that is ready to be upgraded. */
const simulated = async (
  t: TestContext,
  { mqttUrl }: Backend,
  deviceId: string,
  options: Partial<HuaweiDeviceOptions> = {},
) => {
  const device = await startHuaweiDevice({ mqttUrl, deviceId, pace: 'instant', ...options })
  t.after(() => device.close())
  return device
}

/** Nobody else's: a deployed stage remembers. */
const site = randomUUID().slice(0, 8)
const of = (name: string) => `${site}-${name}`
const ids = {
  good: [of('good-1'), of('good-2'), of('good-3'), of('good-4')],
  late: of('late'),
  low: [of('low-1'), of('low-2')],
  corrupt: of('corrupt'),
  silent: of('silent'),
  waiting: of('waiting'),
  stranger: of('stranger'),
  busy: of('busy'),
}

/**
 * Devices of a site: those that are online say what they run, one is registered and off, one nobody has heard
 * of.
 */
const meetDevices = async (t: TestContext, backend: Backend) => {
  const unasked = { subscribes: false }
  const online = new Map<string, Awaited<ReturnType<typeof simulated>>>()
  const connect = async (deviceId: string, options: Partial<HuaweiDeviceOptions> = {}) => {
    const device = await simulated(t, backend, deviceId, options)
    online.set(deviceId, device)
    await device.reportVersion()
  }
  const [first = '', second = '', ...others] = ids.good
  await Promise.all([
    ...[first, second].map((deviceId) => connect(deviceId, unasked)),
    ...[...others, ids.late, ids.busy].map((deviceId) => connect(deviceId)),
    ...ids.low.map((deviceId) => connect(deviceId, { script: { failure: 4 } })),
    connect(ids.corrupt, { script: { sdk: 'java', failure: 7 } }),
    connect(ids.silent, { script: { silent: true } }),
    deviceStory(backend, ids.waiting).register(),
  ])
  for (const deviceId of online.keys())
    await backend.until(
      // Nobody knows it before it has said something.
      () => backend.api('GET', `/v1/devices/${deviceId}/upgrade`),
      ({ body }) => JSON.stringify(body).includes('"firmware"'),
    )
  return {
    unasked: [first, second],
    upgrade: (deviceIds: readonly string[]) =>
      Promise.all(deviceIds.map((one) => online.get(one)?.upgrade(target))),
    reportVersion: (deviceIds: readonly string[]) =>
      Promise.all(deviceIds.map((one) => online.get(one)?.reportVersion())),
  }
}

test('a campaign is filled, goes wrong, is stopped, and tells what became of each device', async (t) => {
  const clock = createClock()
  const local = onlyLocal ? undefined : await openLocal(t, { clock })
  const backend = local ?? (await openBackend(t))
  const devices = await meetDevices(t, backend)
  const campaign = campaignStory(backend)
  const evidenceOf = async (deviceId: string) => (await deviceStory(backend, deviceId).view()).evidence

  await t.test('devices come in by pages, each once, and one that is busy does not', async () => {
    await campaign.put({ failedPercent: 40, minimumFinished: 6 })
    await deviceStory(backend, ids.busy).open('v9.0.0')
    const [low, otherLow] = ids.low
    const firstPage = [...ids.good, low ?? '', ids.silent]
    assert.deepEqual(
      await campaign.add(firstPage),
      firstPage.map(() => 'opened'),
    )
    const secondPage = [
      of('good-4'),
      otherLow ?? '',
      ids.corrupt,
      ids.late,
      ids.waiting,
      ids.stranger,
      ids.busy,
    ]
    assert.deepEqual(await campaign.add(secondPage), [
      'alreadyIn',
      'opened',
      'opened',
      'opened',
      'opened',
      'opened',
      'anotherOpen',
    ])
    const { devices, states, versions } = await campaign.look()
    assert.deepEqual([devices, states.pending], [11, 11])
    assert.deepEqual(versions, [{ version: 'v1.0.0', devices: 9 }])
  })

  await t.test('a claim is no success before the device says what it runs', async () => {
    await devices.upgrade([...ids.good, of('low-1'), ids.silent])
    await campaign.until(
      ({ states }) => states.succeeded === 2 && states.failed === 1 && states.upgrading === 3,
    )
    assert.deepEqual(await Promise.all(devices.unasked.map(evidenceOf)), ['matched', 'matched'])
    await devices.reportVersion(devices.unasked)
    const { versions, failures } = await campaign.until(({ states }) => states.succeeded === 4)
    assert.deepEqual(
      await Promise.all(ids.good.map(evidenceOf)),
      ids.good.map(() => 'confirmed'),
    )
    assert.deepEqual(versions, [
      { version: 'v1.0.0', devices: 5 },
      { version: target, devices: 4 },
    ])
    assert.deepEqual(failures, [{ reason: 'lowBattery', devices: 1 }])
    assert.deepEqual((await campaign.devicesIn('succeeded')).sort(), ids.good)
  })

  await t.test('below its threshold it goes on', async () => {
    await backend.tick()
    await backend.untilCaughtUp()
    assert.equal((await campaign.look()).aborted, undefined)
    const { corrupt, late, stranger, waiting } = ids
    assert.deepEqual(
      (await campaign.devicesIn('pending')).sort(),
      [corrupt, late, of('low-2'), stranger, waiting].sort(),
    )
  })

  await t.test('at its threshold the next sweep stops it and closes what no device has begun', async () => {
    await devices.upgrade([of('low-2'), ids.corrupt])
    await campaign.until(({ states }) => states.failed === 3)
    await backend.tick()
    const { aborted, states, failures } = await campaign.until(({ states }) => states.closed === 3)
    assert.partialDeepStrictEqual(aborted, { by: 'groundcrew', reason: 'threshold', finished: 7, failed: 3 })
    assert.deepEqual(states, {
      pending: 0,
      upgrading: 1,
      succeeded: 4,
      failed: 3,
      timedOut: 0,
      rolledBack: 0,
      closed: 3,
    })
    assert.deepEqual(failures, [
      { reason: 'lowBattery', devices: 2 },
      { reason: 'verificationFailed', devices: 1 },
    ])
    assert.deepEqual(
      (await campaign.devicesIn('closed')).sort(),
      [ids.late, ids.stranger, ids.waiting].sort(),
    )
    assert.equal((await campaign.post(['another'])).status, 409)
    assert.equal((await deviceStory(backend, ids.busy).view()).state, 'pending')
  })

  await t.test('silence counts as a failure of its own', { skip: onlyLocal }, async () => {
    clock.advance(timeoutSeconds * 1000)
    await backend.tick()
    clock.advance(60_000)
    // It is counted by the sweep after the one that ends it.
    const tickAndLook = async () => {
      await backend.tick()
      return campaign.look()
    }
    const { failures } = await backend.until(tickAndLook, ({ states }) => states.timedOut === 1)
    assert.deepEqual(failures, [
      { reason: 'lowBattery', devices: 2 },
      { reason: 'silent', devices: 1 },
      { reason: 'verificationFailed', devices: 1 },
    ])
    assert.deepEqual(await campaign.devicesIn('timedOut'), [ids.silent])
    assert.deepEqual(local?.deadLetters(), [])
  })
})
