import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { Campaign } from '../../lambdas/campaigns/shapes.ts'
import { startHuaweiDevice } from '../../simulator/huawei/device.ts'
import { packageStory, upload } from '../support/packages.ts'
import { shareBackend } from '../support/story.ts'

const shared = shareBackend()

const version = 'v2.0.0'
const gate = { confirmedPercent: 100, failedAtMostPercent: 0, withinSeconds: 3600 }
const phases = [
  { name: 'canary', take: { devices: 1 }, together: 1, gate, next: 'auto' },
  { name: 'rest', take: { percent: 100 }, together: 2, gate, next: 'auto' },
]

test('a campaign takes devices from one version to the next, phase by phase', async (t) => {
  const backend = await shared(t)
  const id = `drives-${randomUUID()}`
  const firmware = packageStory(backend, id)
  await firmware.put({ name: 'Spring', version, package: 'firmware', from: ['v1.0.0'] })
  const [link] = await firmware.links(randomBytes(20_000))
  assert.ok(link)
  assert.equal(await upload(link, link.bytes), '200')
  assert.equal((await firmware.complete()).status, 200)
  const devices = await Promise.all(
    [1, 2, 3].map(async (n) => {
      const device = await startHuaweiDevice({
        mqttUrl: backend.mqttUrl,
        deviceId: `${id}-${n}`,
        pace: 'instant',
      })
      t.after(() => device.close())
      return device
    }),
  )
  for (const { deviceId } of devices)
    await backend.must('PUT', `/v1/devices/${deviceId}`, { labels: { site: id } })
  const path = `/v1/campaigns/${id}`
  await backend.untilCaughtUp()
  await backend.must('PUT', path, { name: 'Spring', packageId: id, phases, select: { labels: { site: id } } })
  await backend.must('POST', `${path}/start`)
  const look = async () => {
    await backend.tick()
    await backend.untilCaughtUp()
    return Campaign.parse(await backend.must('GET', path))
  }
  // A deployed stage looks once a minute: each of these is one look.
  await backend.until(look, (one) => one.phases?.[0]?.confirmed === 1)
  await backend.until(look, (one) => one.phases?.[1]?.released === 2)
  const { state, evidence } = await backend.until(look, (one) => one.waitingFor === 'nothing')
  assert.deepEqual([state, evidence.confirmed], ['finished', 3])
  assert.deepEqual(
    devices.map((device) => device.version),
    [version, version, version],
  )
})
