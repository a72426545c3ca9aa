import { setTimeout as pause } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import * as z from 'zod'
import { start } from '../local/start.ts'
import { printTable } from './table.ts'
import { withoutApiLimit } from './unthrottled.ts'

/**
 * Many devices of one campaign change their state within seconds, through the real functions, on a table that
 * refuses as DynamoDB does: it cancels conflicting transactions, and has its rates and the template's
 * capacity limits. Every change must count exactly once, and no message may become a dead letter.
 */

const devices = 2_500
/** Each device begins, and then ends. */
const changes = 2 * devices
const seconds = 10
/** Messages are published in ticks of this many milliseconds. */
const tickMs = 50

const Joined = z.object({ results: z.array(z.object({ deviceId: z.string(), outcome: z.string() })) })
const Campaign = z.object({ states: z.record(z.string(), z.number()) })

type Run = { rows: [string, string][]; deadLetters: number; miscounted: number }
export type MeasuredBurst = { text: string; deadLetters: number; miscounted: number }

/** One run for each capacity limit, in write units a second; writes above it are throttled. */
export const measureBurst = async (
  fuses: readonly number[],
  say: (text: string) => void,
): Promise<MeasuredBurst> => {
  const runs: Run[] = []
  for (const fuse of fuses) runs.push(await runUnder(fuse, say))
  const title = `${changes} changes of state by ${devices} devices of one campaign`
  const text = runs.map(({ rows }) => printTable([title, ''], rows)).join('\n\n')
  const sum = (of: 'deadLetters' | 'miscounted') => runs.reduce((total, run) => total + run[of], 0)
  return { text, deadLetters: sum('deadLetters'), miscounted: sum('miscounted') }
}

const runUnder = async (maxWriteUnits: number, say: (text: string) => void): Promise<Run> => {
  const refusals = new Map<string, number>()
  const refused = (_: string, body: string): void => {
    const kind = kindOf(body)
    refusals.set(kind, (refusals.get(kind) ?? 0) + 1)
  }
  const stack = await start({ alter: withoutApiLimit, context: { maxWriteUnits }, table: { refused } })
  const campaign = `${stack.url}/v1/campaigns/burst`
  await call('PUT', campaign, { name: 'burst', package: 'firmware', targetVersion: '2.0' })
  await addAll(campaign, say)
  await stack.idle()
  refusals.clear()

  const client = await mqtt.connectAsync(stack.mqttUrl)
  const began = performance.now()
  await publishPaced(client)
  const published = (performance.now() - began) / 1000
  await stack.idle()
  const drained = (performance.now() - began) / 1000
  const states = await countedAtLast(campaign)
  const deadLetters = stack.deadLetters().length
  await client.endAsync()
  await stack.stop()

  const expected = { succeeded: devices - failures, failed: failures }
  const miscounted = Object.entries(expected).reduce(
    (sum, [state, count]) => sum + Math.abs((states[state] ?? 0) - count),
    0,
  )
  const rows: Run['rows'] = [
    ['fuse of the table, write units a second', String(maxWriteUnits)],
    ['published within', `${published.toFixed(1)} s`],
    ['all taken in after', `${drained.toFixed(1)} s`],
    ['counts', JSON.stringify(states)],
    ['dead letters', String(deadLetters)],
    ...[...refusals].map(([kind, count]): [string, string] => [`refused by the table: ${kind}`, `${count}`]),
  ]
  return { rows, deadLetters, miscounted }
}

/** Why a request was refused: the reason of a cancelled transaction or a throttle, if any. */
const kindOf = (body: string): string => {
  const [reason] = /TransactionConflict|ThrottlingError|\w+ThroughputExceeded/.exec(body) ?? []
  return reason ?? /#(\w+)"/.exec(body)?.[1] ?? 'unknown'
}

const idOf = (n: number): string => `burst_${String(n).padStart(6, '0')}`

const call = async (method: 'PUT' | 'POST', url: string, body: object): Promise<unknown> => {
  const response = await fetch(url, { method, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

const addAll = async (campaign: string, say: (text: string) => void): Promise<void> => {
  for (let left = Array.from({ length: devices }, (_, n) => idOf(n)); left.length > 0; ) {
    const page = left.slice(0, 500)
    const { results } = Joined.parse(await call('POST', `${campaign}/devices`, { deviceIds: page }))
    const undone = results.filter(({ outcome }) => outcome === 'notDone').map(({ deviceId }) => deviceId)
    left = [...undone, ...left.slice(500)]
    say(`  ${devices - left.length} of ${devices} attempts opened`)
  }
}

/** One device in five. */
const fails = (n: number): boolean => n % 5 === 0
const failures = Array.from({ length: devices }, (_, n) => n).filter(fails).length

const service = (event_type: string, paras: object) => ({ service_id: '$ota', event_type, paras })

const begins = [service('upgrade_progress_report', { result_code: 0, progress: 40, version: '1.0' })]
const failed = [service('upgrade_progress_report', { result_code: 6, progress: 40, version: '1.0' })]
const succeeded = [
  service('upgrade_progress_report', { result_code: 0, progress: 100, version: '2.0' }),
  service('version_report', { fw_version: '2.0' }),
]

/** The beginnings in the first half of the time, the ends in the second, at an even pace. */
const publishPaced = async (client: MqttClient): Promise<void> => {
  const messages = [begins, undefined].flatMap((services) =>
    Array.from({ length: devices }, (_, n) => ({
      deviceId: idOf(n),
      services: services ?? (fails(n) ? failed : succeeded),
    })),
  )
  const began = performance.now()
  const published: Promise<unknown>[] = []
  for (let sent = 0; sent < messages.length; await pause(tickMs)) {
    const due = Math.ceil(((performance.now() - began) / 1000) * (messages.length / seconds))
    for (const { deviceId, services } of messages.slice(sent, due))
      published.push(
        client.publishAsync(`oc/devices/${deviceId}/sys/events/up`, JSON.stringify({ services }), { qos: 1 }),
      )
    sent = Math.max(sent, due)
  }
  await Promise.all(published)
}

/** The summary of a large campaign is up to a minute old. */
const countedAtLast = async (campaign: string): Promise<Record<string, number>> => {
  for (let waited = 0; ; waited++) {
    const { states } = Campaign.parse(await (await fetch(campaign)).json())
    const ended = (states.succeeded ?? 0) + (states.failed ?? 0)
    if (ended === devices || waited > 150) return states
    await pause(1_000)
  }
}
