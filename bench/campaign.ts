import mqtt from 'mqtt'
import * as z from 'zod'
import { start } from '../local/start.ts'
import { printTable } from './table.ts'

/**
 * A campaign of many devices through the local runtime, from opening the attempts to the last report, with duplicates and
 * failures: nothing may be lost, the counts have to be exact, memory has to stay flat.
 */

const pageSize = 500
const under = 50

const Results = z.object({ results: z.array(z.object({ deviceId: z.string(), outcome: z.string() })) })
const Campaign = z.object({
  states: z.record(z.string(), z.number()),
  versions: z.array(z.object({ version: z.string(), devices: z.number() })),
  failures: z.array(z.object({ reason: z.string(), devices: z.number() })),
})

type Report = { topic: string; payload: string }

export const campaignTable = async (devices: number): Promise<string> => {
  const used = { write: 0, read: 0 }
  const stack = await start({
    meter: ({ kind, units }) => {
      used[kind] += units
    },
  })
  const campaign = `${stack.url}/v1/campaigns/bench`
  const ids = Array.from({ length: devices }, (_, n) => `bench_${String(n).padStart(6, '0')}`)
  await call('PUT', campaign, { name: 'bench', package: 'firmware', targetVersion: '2.0' })
  const opening = performance.now()
  for (let at = 0; at < devices; at += pageSize) await addPage(campaign, ids.slice(at, at + pageSize))
  const opened = (performance.now() - opening) / 1000

  const reports = reportsOf(ids)
  Object.assign(used, { write: 0, read: 0 })
  const memory: number[] = []
  const client = await mqtt.connectAsync(stack.mqttUrl)
  const began = performance.now()
  for (let quarter = 0; quarter < 4; quarter++) {
    await publishAll(
      client,
      reports.slice((quarter * reports.length) / 4, ((quarter + 1) * reports.length) / 4),
    )
    await stack.idle()
    memory.push(process.memoryUsage().rss)
  }
  const seconds = (performance.now() - began) / 1000
  const { states, versions, failures } = Campaign.parse(await (await fetch(campaign)).json())
  const dead = stack.deadLetters().length
  await client.endAsync()
  await stack.stop()

  const failed = ids.filter((_, n) => n % 20 === 0).length
  const isExact = states.succeeded === devices - failed && states.failed === failed && dead === 0
  const [first = 1] = memory
  return printTable(
    [`${devices} devices in one campaign`, ''],
    [
      ['attempts opened a second', (devices / opened).toFixed(0)],
      ['reports, 2 % of them twice', String(reports.length)],
      ['reports a second', (reports.length / seconds).toFixed(0)],
      ['counts', `${isExact ? 'exact' : 'WRONG'}: ${JSON.stringify(states)}`],
      ['reported versions', versions.map(({ version, devices: n }) => `${version}: ${n}`).join(', ')],
      ['failures', failures.map(({ reason, devices: n }) => `${reason}: ${n}`).join(', ')],
      ['dead letters', String(dead)],
      [
        'write units a report, read units',
        `${(used.write / reports.length).toFixed(2)}, ${(used.read / reports.length).toFixed(2)}`,
      ],
      ['memory after the last quarter against the first', ((memory.at(-1) ?? 0) / first).toFixed(2)],
    ],
  )
}

const call = async (method: 'PUT' | 'POST', url: string, body: object): Promise<unknown> => {
  const response = await fetch(url, { method, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** A page may not be done within a function's time: what is left is asked for again. */
const addPage = async (campaign: string, page: readonly string[]): Promise<void> => {
  for (let left = page; left.length > 0; ) {
    const { results } = Results.parse(await call('POST', `${campaign}/devices`, { deviceIds: left }))
    left = results.filter(({ outcome }) => outcome === 'notDone').map(({ deviceId }) => deviceId)
  }
}

/** Download with the old version, then the new version, or at every twentieth device a failure; every fiftieth report twice. */
const reportsOf = (ids: readonly string[]): Report[] => {
  const stages = [0, 1, 2].flatMap((stage) => ids.map((id, n) => report(id, stage, n % 20 === 0)))
  return stages.flatMap((one, n) => (n % 50 === 0 ? [one, one] : [one]))
}

const report = (id: string, stage: number, fails: boolean): Report => {
  const last = fails
    ? { result_code: 6, progress: 0, version: '1.0' }
    : { result_code: 0, progress: 100, version: '2.0' }
  const paras = stage < 2 ? { result_code: 0, progress: 40 + 50 * stage, version: '1.0' } : last
  const services = [{ service_id: '$ota', event_type: 'upgrade_progress_report', paras }]
  return { topic: `oc/devices/${id}/sys/events/up`, payload: JSON.stringify({ services }) }
}

const publishAll = async (client: mqtt.MqttClient, reports: readonly Report[]): Promise<void> => {
  const left = reports.values()
  const lane = async () => {
    for (const { topic, payload } of left) await client.publishAsync(topic, payload, { qos: 1 })
  }
  await Promise.all(Array.from({ length: under }, lane))
}
