import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createClock } from '../../local/clock.ts'
import { startHuaweiDevice } from '../../simulator/huawei/device.ts'
import { sdkNames, sdkOf } from '../../simulator/huawei/sdks.ts'
import { provedPackage } from '../support/packages.ts'
import { onlyLocal, shareLocal } from '../support/story.ts'
import { deviceStory, inShort } from '../support/upgrades.ts'
import { startVendorDevice, vendorSdks } from '../support/vendor-sdks.ts'

const clock = createClock()
const shared = shareLocal({ clock, context: { packageDownloads: 'on' } })

const proveSeconds = 900

test('an upgrade by a restart is confirmed, whatever the SDK says of it', { skip: onlyLocal }, async (t) => {
  for (const sdk of sdkNames)
    await t.test(sdk, async (t) => {
      const backend = await shared(t)
      const { deviceId, ...story } = deviceStory(backend, `device_${randomUUID()}`)
      const device = await startHuaweiDevice({
        mqttUrl: backend.edgeUrl,
        topics: 'native',
        deviceId,
        pace: 'instant',
        script: { sdk, reboot: true },
      })
      t.after(() => device.close())
      await story.open('v2.0.0', { proveSeconds })
      await device.upgrade('v2.0.0')

      const { reportsBeforeRestart, greeting } = sdkOf(sdk)
      if (reportsBeforeRestart && !greeting) {
        // Nothing tells that it is there again: it is asked when the time of proof is over.
        await story.until(({ percent }) => percent === 100)
        clock.advance(proveSeconds * 1000)
        await backend.tick()
      }
      const ended = await story.until(({ state }) => state === 'succeeded')
      assert.equal(inShort(ended), 'succeeded confirmed')
      assert.deepEqual(backend.deadLetters(), [])
    })
})

const offers = { 'by a link': 'v2', 'by a link and a token': 'v1' } as const

for (const [how, offer] of Object.entries(offers))
  test(`an upgrade that we drive ${how} is confirmed, whatever the SDK`, { skip: onlyLocal }, async (t) => {
    const backend = await shared(t)
    const bytes = randomBytes(300_000)
    const packageId = await provedPackage(backend, { version: 'v2.0.0', package: 'firmware', offer }, bytes)
    for (const sdk of sdkNames)
      await t.test(sdk, async (t) => {
        const { deviceId, ...story } = deviceStory(backend, `device_${randomUUID()}`)
        const device = await startHuaweiDevice({
          mqttUrl: backend.edgeUrl,
          topics: 'native',
          deviceId,
          pace: 'instant',
          script: { sdk },
        })
        t.after(() => device.close())
        await story.register()
        await story.drive(packageId)
        const ended = await story.until(({ state }) => state === 'succeeded')
        assert.equal(inShort(ended), 'succeeded confirmed')
        assert.equal(device.version, 'v2.0.0')
        assert.deepEqual(backend.deadLetters(), [])
      })
  })

for (const [sdk, program] of Object.entries(vendorSdks))
  test(`the vendor's own SDK (${sdk}) completes an upgrade that we drive`, {
    skip: onlyLocal || program.missing,
  }, async (t) => {
    const backend = await shared(t)
    const { deviceId, ...story } = deviceStory(backend, `device_${randomUUID()}`)
    const bytes = randomBytes(300_000)
    const id = await provedPackage(backend, { version: 'v2.0.0', package: 'firmware' }, bytes)
    await story.register()
    const { said } = await startVendorDevice(t, program, { edgeUrl: backend.edgeUrl, deviceId })
    await story.drive(id)
    const ended = await story
      .until(({ state }) => state === 'succeeded')
      .catch((error: unknown) => {
        throw new Error(said(), { cause: error })
      })
    assert.equal(inShort(ended), 'succeeded confirmed')
    assert.match(said(), new RegExp(`answered 200 ${bytes.length}`))
  })
