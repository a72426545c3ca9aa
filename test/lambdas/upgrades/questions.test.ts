import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { batchOf } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'
import { logLine, progress, start, versions, wireUpgrades } from '../../support/upgrades.ts'

const Question = z.object({
  object_device_id: z.string(),
  services: z.array(z.object({ service_id: z.string(), event_type: z.string() })).length(1),
})

describe('a device’s message', () => {
  const world = openTable()

  /** The questions for versions that were sent: through whom, and about whom. */
  const asked = ({ sent }: Pick<ReturnType<typeof wireUpgrades>, 'sent'>) =>
    sent.map(({ topic, payload }) => {
      const { object_device_id: about, services } = Question.parse(JSON.parse(payload))
      assert.deepEqual(services, [{ service_id: '$ota', event_type: 'version_query' }])
      return `${topic.split('/')[2]} ${about}`
    })

  describe('makes us ask what the device runs', () => {
    const attempted = async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.open()
      return { backend, device, itself: `${device.deviceId} ${device.deviceId}` }
    }

    it('when it carries the target', async () => {
      const { backend, device, itself } = await attempted()
      await device.say(10, progress(50, 'v1'))
      assert.deepEqual(asked(backend), [])
      await device.say(20, progress(100, 'v2'))
      assert.deepEqual(asked(backend), [itself])
      const [question] = backend.sent
      assert.equal(question?.topic, `oc/devices/${device.deviceId}/sys/events/down`)
      assert.ok((question?.expiresInSeconds ?? 0) > 0)
    })

    it('when it connects without a version of the package, or with the old one while its claim is open', async () => {
      const { backend, device, itself } = await attempted()
      const greeting = (versions: object) => ({
        service_id: '$sdk_info',
        event_type: 'sdk_info_report',
        paras: { device_sdk_version: 'v2', ...versions },
      })
      await device.say(10, greeting({ sw_version: 'v2' }))
      assert.deepEqual(asked(backend), [itself])
      await device.say(20, progress(100, 'v2'))
      await device.say(30, greeting({ fw_version: 'v1' }))
      assert.deepEqual(asked(backend), [itself, itself, itself])
      await device.say(40, greeting({ fw_version: 'v2' }))
      assert.deepEqual(asked(backend).length, 3)
      assert.equal(await device.short(), 'succeeded confirmed')
    })

    it('when it reports 100 % without the target', async () => {
      const { backend, device, itself } = await attempted()
      await device.say(20, progress(100, 'v1'))
      await device.say(30, progress(100))
      assert.deepEqual(asked(backend), [itself, itself])
    })

    it('when it gives no percentage at all, since that may be its last report', async () => {
      const { backend, device, itself } = await attempted()
      await device.say(20, progress(undefined))
      await device.say(30, progress(undefined, 'v1'))
      assert.deepEqual(asked(backend), [itself, itself])
    })

    it('at every sign of life while a claim waits for its proof, but not for its answers', async () => {
      const { backend, device, itself } = await attempted()
      await device.say(10, progress(100, 'v2'))
      backend.sent.splice(0)
      await device.say(20, versions('v1'))
      assert.deepEqual(asked(backend), [])
      await device.say(30, logLine)
      await device.say(40, progress(5))
      assert.deepEqual(asked(backend), [itself, itself])
      await device.say(50, versions('v2'))
      await device.say(60, logLine)
      assert.equal(asked(backend).length, 2)
    })

    it('at its first sign of life since its attempt was opened', async () => {
      const { backend, device, itself } = await attempted()
      await device.say(10, logLine)
      assert.deepEqual(asked(backend), [itself])
      await device.say(20, versions('v1'))
      await device.say(30, logLine)
      assert.deepEqual(asked(backend), [itself])
    })

    it('when it contradicts a success, since that may be an old message', async () => {
      const { backend, device, itself } = await attempted()
      await device.say(10, versions('v2'))
      await device.say(20, progress(40, 'v1'))
      assert.equal(await device.short(), 'rolledBack')
      assert.deepEqual(asked(backend), [itself])
    })

    it('not if a foreign device speaks for it', async () => {
      const { backend, device } = await attempted()
      const stranger = backend.device()
      await backend.ingest(batchOf(stranger.message([logLine], { at: 10, about: device.deviceId })))
      assert.deepEqual(asked(backend), [])
    })

    it('through the gateway for a child', async () => {
      const backend = wireUpgrades(world.table)
      const [gateway, child] = [backend.device(), backend.device()]
      await child.register({ parentId: gateway.deviceId })
      await child.open()
      await backend.ingest(batchOf(gateway.message([progress(100, 'v2')], { at: 10, about: child.deviceId })))
      assert.deepEqual(asked(backend), [`${gateway.deviceId} ${child.deviceId}`])
    })

    it('not when that is known, the attempt is closed, or there is none', async () => {
      const { backend, device } = await attempted()
      await device.say(10, versions('v2'))
      await device.say(20, progress(100, 'v2'))
      const closed = backend.device()
      await closed.close((await closed.open()).id)
      await closed.say(30, progress(100, 'v2'))
      await backend.device().say(40, progress(100, 'v2'))
      assert.deepEqual(asked(backend), [])
    })

    it('not for what was received before the attempt', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      backend.clock.now = start + 60_000
      await device.open()
      await device.say(10, progress(100, 'v1'))
      await device.say(11, progress(100, 'v2'))
      assert.deepEqual(asked(backend), [])
    })

    it('again when asking failed: the message comes again', async () => {
      const { backend, device, itself } = await attempted()
      const record = device.message([progress(100, 'v2')], { at: 10 })
      backend.broker.failing = true
      assert.deepEqual(await backend.ingest(batchOf(record)), [record.messageId])
      backend.broker.failing = false
      assert.deepEqual(await backend.ingest(batchOf(record)), [])
      assert.deepEqual(asked(backend), [itself])
    })
  })
})
