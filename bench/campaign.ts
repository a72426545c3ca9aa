import { setTimeout as pause } from 'node:timers/promises'
import mqtt from 'mqtt'
import * as z from 'zod'
import { start } from '../local/start.ts'
import { eachOf } from './each-of.ts'
import { watchHeaps } from './heaps.ts'
import { unitsOf } from './spent.ts'
import { printTable } from './table.ts'
import { unthrottled } from './unthrottled.ts'

/**
 * A campaign of many devices through the local runtime, from opening the attempts to the last report, with
 * duplicates and failures: every sent report must be a row of its device's history, the counts must be exact,
 * and memory must stay flat.
 */

const pageSize = 500
/** Concurrent reports, and concurrent requests that read the histories afterwards. */
const atOnce = 50

const Joined = z.object({
  results: z.array(z.object({ deviceId: z.string(), outcome: z.string(), attemptId: z.string().optional() })),
})
const Campaign = z.object({
  states: z.record(z.string(), z.number()),
  versions: z.array(z.object({ version: z.string(), devices: z.number() })),
  failures: z.array(z.object({ reason: z.string(), devices: z.number() })),
})
const Reports = z.object({ items: z.array(z.object({ repeats: z.number() })) })

/** `events`: the number of rows in its device's history. */
type Report = { deviceId: string; payload: string; events: number }
type Say = (text: string) => void

/** @throws Error if a report was lost or a count is wrong. */
export const campaignTable = async (devices: number, say: Say): Promise<string> => {
  const used = { write: 0, read: 0 }
  const heaps = watchHeaps()
  const stack = await start({
    alter: unthrottled,
    meter: (usage) => {
      used[usage.kind] += unitsOf(usage)
    },
  })
  const campaign = `${stack.url}/v1/campaigns/bench`
  const ids = Array.from({ length: devices }, (_, n) => `bench_${String(n).padStart(6, '0')}`)
  await call('PUT', campaign, { name: 'bench', package: 'firmware', targetVersion: '2.0' })

  const attempts = new Map<string, string>()
  const opening = await timed(async () => {
    for (let at = 0; at < devices; at += pageSize) {
      await addPage(campaign, ids.slice(at, at + pageSize), attempts)
      say(`  ${attempts.size} of ${devices} attempts opened`)
    }
  })

  const reports = reportsOf(ids)
  Object.assign(used, { write: 0, read: 0 })
  const client = await mqtt.connectAsync(stack.mqttUrl)
  const reporting = await timed(async () => {
    for (let quarter = 0; quarter < 4; quarter++) {
      const [from, to] = [quarter, quarter + 1].map((n) => Math.floor((n * reports.length) / 4))
      await eachOf(reports.slice(from, to), atOnce, ({ deviceId, payload }) =>
        client.publishAsync(`oc/devices/${deviceId}/sys/events/up`, payload, { qos: 1 }),
      )
      await stack.idle()
      await heaps.sample()
      say(`  ${to} of ${reports.length} reports taken in`)
    }
  })
  const units = { ...used }
  const { states, versions, failures } = await countedAtLast(campaign, devices)
  const dead = stack.deadLetters().length
  say(`  reading ${attempts.size} histories`)
  const lost = await countLost(stack.url, reports, attempts)
  await client.endAsync()
  await stack.stop()

  const failed = ids.filter((_, n) => fails(n)).length
  const counts = JSON.stringify(states)
  if (states.succeeded !== devices - failed || states.failed !== failed || dead > 0 || lost > 0)
    throw new Error(
      `wrong: ${counts}, ${failed} were to fail; ${dead} dead letters, ${lost} devices miss a report`,
    )
  return [
    printTable(
      [`${devices} devices in one campaign`, ''],
      [
        ['attempts opened a second', (devices / opening).toFixed(0)],
        ['reports, 2 % of them twice', String(reports.length)],
        ['reports a second', (reports.length / reporting).toFixed(0)],
        ['counts', `exact: ${counts}`],
        ['reported versions', versions.map(({ version, devices: n }) => `${version}: ${n}`).join(', ')],
        ['failures', failures.map(({ reason, devices: n }) => `${reason}: ${n}`).join(', ')],
        ['histories that lack a report, or have one more', '0'],
        ['dead letters', '0'],
        [
          'write units a report, read units',
          `${(units.write / reports.length).toFixed(2)}, ${(units.read / reports.length).toFixed(2)}`,
        ],
      ],
    ),
    heaps.table(['after 1/4', 'after 1/2', 'after 3/4', 'at the end']),
  ].join('\n\n')
}

/**
 * The counted index lags behind the last report by a moment, the summary of a large campaign by up to a
 * minute.
 */
const countedAtLast = async (campaign: string, devices: number) => {
  for (let waited = 0; ; waited++) {
    const counts = Campaign.parse(await (await fetch(campaign)).json())
    const { succeeded = 0, failed = 0 } = counts.states
    if (succeeded + failed === devices || waited > 150) return counts
    await pause(1_000)
  }
}

const timed = async (run: () => Promise<void>): Promise<number> => {
  const began = performance.now()
  await run()
  return (performance.now() - began) / 1000
}

const call = async (method: 'PUT' | 'POST', url: string, body: object): Promise<unknown> => {
  const response = await fetch(url, { method, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** A page may exceed a function's time: the rest is requested again. */
const addPage = async (
  campaign: string,
  page: readonly string[],
  attempts: Map<string, string>,
): Promise<void> => {
  for (let left = page; left.length > 0; ) {
    const { results } = Joined.parse(await call('POST', `${campaign}/devices`, { deviceIds: left }))
    for (const { deviceId, attemptId } of results) if (attemptId) attempts.set(deviceId, attemptId)
    left = results.filter(({ outcome }) => outcome === 'notDone').map(({ deviceId }) => deviceId)
  }
}

/** One device in twenty. */
const fails = (n: number): boolean => n % 20 === 0

/**
 * The download with the old version, then the new version and its proof, or a failure; every fiftieth report
 * is sent twice.
 */
const reportsOf = (ids: readonly string[]): Report[] => {
  const stages = [0, 1, 2].flatMap((stage) => ids.map((id, n) => report(id, stage, fails(n))))
  return stages.flatMap((one, n) => (n % 50 === 0 ? [one, one] : [one]))
}

const report = (deviceId: string, stage: number, isFailure: boolean): Report => {
  const last = isFailure
    ? { result_code: 6, progress: 0, version: '1.0' }
    : { result_code: 0, progress: 100, version: '2.0' }
  const paras = stage < 2 ? { result_code: 0, progress: 40 + 50 * stage, version: '1.0' } : last
  const proof = { service_id: '$ota', event_type: 'version_report', paras: { fw_version: '2.0' } }
  const services = [
    { service_id: '$ota', event_type: 'upgrade_progress_report', paras },
    ...(stage === 2 && !isFailure ? [proof] : []),
  ]
  return { deviceId, payload: JSON.stringify({ services }), events: services.length }
}

/** The number of devices whose history differs from the reports sent. */
const countLost = async (
  apiUrl: string,
  reports: readonly Report[],
  attempts: ReadonlyMap<string, string>,
): Promise<number> => {
  const sent = Map.groupBy(reports, ({ deviceId }) => deviceId)
  let lost = 0
  await eachOf([...attempts], atOnce, async ([deviceId, attemptId]) => {
    const path = `/v1/devices/${deviceId}/upgrade-attempts/${attemptId}/reports`
    const { items } = Reports.parse(await (await fetch(`${apiUrl}${path}`)).json())
    const kept = items.reduce((rows, { repeats }) => rows + 1 + repeats, 0)
    const expected = sent.get(deviceId)?.reduce((sum, { events }) => sum + events, 0)
    if (kept !== expected) lost++
  })
  return lost
}
