import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createClock } from '../../local/clock.ts'
import { startHuaweiDevice } from '../../simulator/huawei-device.ts'
import { sdkNames, sdkOf } from '../../simulator/huawei-sdks.ts'
import { onlyLocal, openLocal } from '../support/story.ts'
import { deviceStory, inShort } from '../support/upgrades.ts'

const proveSeconds = 900

test('an upgrade by a restart is confirmed, whatever the SDK says of it', { skip: onlyLocal }, async (t) => {
  for (const sdk of sdkNames)
    await t.test(sdk, async (t) => {
      const clock = createClock()
      const backend = await openLocal(t, { clock })
      const { deviceId, ...story } = deviceStory(backend, `device_${randomUUID()}`)
      const device = await startHuaweiDevice({
        ...{ mqttUrl: backend.edgeUrl, topics: 'native', deviceId, pace: 'instant' },
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
