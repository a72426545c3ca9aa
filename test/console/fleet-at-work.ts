import type { TestContext } from 'node:test'
import { dockLogs } from '../support/operator.ts'
import { packageStory, upload } from '../support/packages.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import type { Local } from '../support/story.ts'
import { webhookReceiver } from '../support/webhook-receiver.ts'

/** A backend in which something of everything has happened, so that every page has something to show. */

const campaignId = 'spring-2026'
const devices = Array.from({ length: 24 }, (_, n) => `pump_${String(n + 1).padStart(4, '0')}`)

const report = (deviceId: string, paras: object, event_type = 'upgrade_progress_report') => ({
  deviceId,
  body: { object_device_id: deviceId, services: [{ service_id: '$ota', event_type, paras }] },
})

/** What the nth device says: most succeed, some fail, some are on their way, some say nothing. */
const saidBy = (deviceId: string, n: number): object[] => {
  if (n < 13)
    return [
      report(deviceId, { result_code: 0, progress: 40, version: 'v1.4.0', description: 'downloading' }),
      report(deviceId, { result_code: 0, progress: 100, version: 'v1.4.0' }),
      report(deviceId, { result_code: 0, progress: 100, version: 'v2.0.0' }),
      report(deviceId, { fw_version: 'v2.0.0', sw_version: '7' }, 'version_report'),
    ]
  if (n < 16)
    return [report(deviceId, { result_code: 2, progress: 12, version: 'v1.4.0', description: 'signal lost' })]
  if (n < 17) return [report(deviceId, { result_code: 6, progress: 100, version: 'v1.4.0' })]
  if (n < 20)
    return [report(deviceId, { result_code: 0, progress: 35, version: 'v1.4.0', description: 'downloading' })]
  return []
}

const runCampaign = async ({ must }: Local): Promise<void> => {
  const settings = {
    name: 'Spring firmware',
    package: 'firmware',
    targetVersion: 'v2.0.0',
    timeoutSeconds: 86_400,
  }
  await must('PUT', `/v1/campaigns/${campaignId}`, settings)
  for (const deviceId of devices) await must('PUT', `/v1/devices/${deviceId}`, {})
  await must('POST', `/v1/campaigns/${campaignId}/devices`, { deviceIds: devices })
  // One after another, because their order is what a device tells.
  for (const event of devices.flatMap(saidBy)) await must('POST', '/v1/device-events', [event])
}

const havePackages = async (local: Local): Promise<void> => {
  const proved = packageStory(local, 'spring-2-0-0')
  const what = { name: 'Spring firmware', version: 'v2.0.0', package: 'firmware' }
  await proved.put({ ...what, from: ['v1.4.0', 'v1.5.0'], models: ['P100'], customInfo: 'restart at night' })
  for (const link of await proved.links(Buffer.alloc(18_400, 'pump'))) await upload(link, link.bytes)
  await proved.complete()
  await packageStory(local, 'summer').put({
    ...what,
    name: 'Summer firmware',
    version: 'v2.1.0',
    fleet: 'north',
  })
}

const valves = Array.from({ length: 8 }, (_, n) => `valve_${String(n + 1).padStart(4, '0')}`)

/** A campaign that drives its devices, whose first phase has passed and awaits approval. */
const drive = async (local: Local): Promise<void> => {
  const path = '/v1/campaigns/valves'
  const gate = { confirmedPercent: 100, failedAtMostPercent: 0, withinSeconds: 86_400 }
  const first = { name: 'first', take: { devices: 3 }, together: 3, gate, next: 'approval' }
  const rest = { name: 'rest', take: { percent: 100 }, together: 50, gate, next: 'auto' }
  const window = { days: ['sat', 'sun'], from: '01:30', minutes: 240, timeZone: 'Europe/Berlin' }
  const phases = [first, rest]
  await local.must('PUT', path, {
    name: 'Valves',
    packageId: 'spring-2-0-0',
    phases,
    pace: { perMinute: 60 },
  })
  for (const deviceId of valves) await local.must('PUT', `/v1/devices/${deviceId}`, { model: 'P100' })
  await local.must('PUT', '/v1/campaigns/draft', { name: 'Draft', packageId: 'spring-2-0-0', phases, window })
  await local.must('POST', `${path}/devices`, { deviceIds: valves })
  await local.must('POST', `${path}/start`, {})
  const until = (wanted: RegExp) =>
    local.until(
      async () => {
        await local.tick()
        return JSON.stringify(await local.must('GET', path))
      },
      (text) => wanted.test(text),
    )
  await until(/"devices":3,/)
  // Those that are not in the first phase have said it by the time that it is their turn.
  for (const deviceId of valves)
    await local.must('POST', '/v1/device-events', [
      report(deviceId, { fw_version: 'v2.0.0', sw_version: '7' }, 'version_report'),
    ])
  await until(/"state":"awaitingApproval"/)
}

const confuse = async (local: Local, dockSn: string): Promise<void> => {
  const device = await local.device()
  const topic = `thing/product/${dockSn}/events`
  for (const output of [{ ext: { files: 'none' } }, 'done'])
    await device.publish(topic, { method: 'fileupload_progress', bid: 'x', data: { output } })
  await device.publish('oc/devices/pump_0099/sys/events/up', {
    object_device_id: 'pump_0098',
    services: [{ service_id: '$ota', event_type: 'upgrade_progress_report', paras: { progress: 40 } }],
  })
  await device.publish('oc/devices/pump_0099/sys/events/up', 'upgrade done')
}

/** A collection that has run, and one that waits for an alarm. */
const collect = async (local: Local, dockSn: string): Promise<void> => {
  const path = '/v1/collections/nightly'
  const daily = { at: '03:30', timeZone: 'Europe/Berlin' }
  const logs = { modules: ['dock'], newestBoots: 1 }
  await local.must('PUT', path, { name: 'Nightly dock logs', docks: [dockSn], when: { daily }, logs })
  await local.must('PUT', '/v1/collections/warnings', {
    name: 'Warnings',
    fleet: 'north',
    wakeAircraft: true,
    when: { alarm: { levels: ['warning'], exceptCodes: ['0x16100083'] } },
    logs: { modules: ['aircraft', 'dock'], beforeSeconds: 600, afterSeconds: 120 },
  })
  await local.must('POST', `${path}/run`, {})
  await local.until(
    async () => JSON.stringify(await local.must('GET', `${path}/runs`)),
    (text) => text.includes('"outcome":"collected"'),
  )
}

/** A webhook whose receiver has what happened, and one whose receiver is down. */
const tellOthers = async (t: TestContext, local: Local): Promise<void> => {
  const [erp, gone] = [await webhookReceiver(t), await webhookReceiver(t)]
  gone.answer('refuse')
  for (const [id, { url }] of Object.entries({ erp, gone })) {
    await local.must('PUT', `/v1/webhooks/${id}`, {
      url,
      types: ['groundcrew.upload.*'],
      fleets: ['default'],
    })
    await local.must('POST', `/v1/webhooks/${id}/test`)
  }
  const wanted = { erp: /"state":"delivered"/, gone: /"down":/ }
  for (const [id, path] of [
    ['erp', '/v1/webhooks/erp/deliveries'],
    ['gone', '/v1/webhooks/gone'],
  ] as const)
    await local.until(
      async () => JSON.stringify(await local.must('GET', path)),
      (text) => wanted[id].test(text),
    )
}

/** Fills the backend, and answers what there is to look at. */
export const fleetAtWork = async (t: TestContext, local: Local) => {
  for (const [sn, name, fleet] of [
    ['7CTDM4500B0011', 'Harbour east', 'north'],
    ['7CTDM4500B0012', 'Harbour west', 'north'],
    ['7CTDM4500B0027', 'Solar park', 'south'],
  ])
    await local.must('PUT', `/v1/docks/${sn}`, { name, fleet, aircraftSn: `1581F${sn?.slice(-6)}` })
  await local.must('PUT', '/v1/organizations/north', { name: 'Harbours of the north' })
  await local.must('POST', '/v1/organizations/north/binding-codes', { uses: 3, fleet: 'north' })
  await local.must('POST', '/v1/dock-accounts', { fleet: 'north' })
  await tellOthers(t, local)
  const dock = await simulatedDock(t, local, { sizes: [1_240_000, 810_000, 2_190_000] })
  await dock.register({ name: 'Wind farm 3', aircraftSn: dock.aircraftSn })
  await dock.list()
  await dock.device.setFaults({ networkFailure: 0 })
  const failed = await dock.start([{ module: 'dock', bootIndexes: [3] }])
  await dock.uploadUntil(failed.id, 'failed')
  await dock.device.setFaults({})
  const done = await dock.start(dockLogs, { note: 'hard landing' })
  await dock.uploadUntil(done.id, 'verified')
  await collect(local, dock.dockSn)
  dock.device.raiseAlarm({ code: '0x16100083', level: 1, imminent: true })
  dock.device.raiseAlarm({ of: 'aircraft', code: '0x1B030019', inTheSky: true })
  await local.until(
    async () => JSON.stringify(await local.must('GET', '/v1/alarms')),
    (text) => text.includes('0x16100083') && text.includes('0x1B030019'),
  )
  // What is started from now on can be watched.
  dock.device.setPace(400)
  await runCampaign(local)
  await havePackages(local)
  await drive(local)
  await confuse(local, dock.dockSn)
  return { dock, failed, done, campaignId, succeeded: devices[0] ?? '', broken: devices[14] ?? '' }
}
