import * as z from 'zod'
import { type QueueTrigger, queues, schedules } from '../lambdas/triggers.ts'
import { synthesized } from '../local/synthesized.ts'
import { handedOn, runOf } from './cost-per-report.ts'
import { type AllLives, type DockMonth, dockMonth, dollarsOf } from './dock-month.ts'
import { aDay, daysOfMonth } from './dock-traffic.ts'
import { publishedCost } from './events-cost.ts'
import type { Life } from './lives.ts'
import { prices } from './prices.ts'
import { printTable } from './table.ts'

/**
 * The cost of a month at rest, with docks, and with devices: every part of the stack that AWS charges for.
 */

const hours = 730

/** US dollars a month of a load, in addition to the stack at rest. */
type Load = DockMonth & { metrics: number }

const nothing: Load = {
  metrics: 0,
  messages: 0,
  rules: 0,
  functions: 0,
  table: 0,
  kept: 0,
  published: 0,
  requests: 0,
  storageEvents: 0,
}

/** The batch size with this many docks: a batch waits a second for others. */
const batchOf = (docks: number): number => (docks < 50 ? 1 : docks < 1_000 ? 2 : 10)

/**
 * Docks behind relays. The metrics for started, verified and the time to answer count in each hour with an
 * upload, three failure reasons in one hour of ten.
 */
const docks = (count: number, lives: AllLives): Load => {
  const one = dockMonth('relay', lives, batchOf(count))
  const hoursWithUploads = Math.min(1, (count * aDay.uploads) / 24)
  return {
    messages: count * one.messages,
    rules: count * one.rules,
    functions: count * one.functions,
    table: count * one.table,
    kept: count * one.kept,
    published: count * one.published,
    requests: count * one.requests,
    storageEvents: count * one.storageEvents,
    metrics: hours * hoursWithUploads * (3 + 0.3) * prices.metricHour,
  }
}

/**
 * Devices behind ten bridges. Each is upgraded once a month; the month's campaigns take a tenth of its hours.
 * A row for each report is kept for 400 days. A device gets one offer, which is a command, and is read once.
 */
const devices = (count: number, life: Life): Load => {
  const reports = count * life.reports
  return {
    ...nothing,
    metrics: hours * 0.1 * 4 * prices.metricHour,
    messages: (reports + count * 3) * prices.iotMessage + 10 * prices.iotConnectionMonth,
    rules: reports * prices.iotRuleTriggered,
    functions: reports * handedOn(10),
    table: count * (life.writes * prices.dynamoWrite + (life.reads + 1) * prices.dynamoRead),
    kept: ((reports * (400 / daysOfMonth) * 450) / 1e9) * prices.dynamoGbMonth,
    published: count * publishedCost(life),
    requests: (count / 500 + 1_000) * (prices.httpApiRequest + runOf(0.05)),
  }
}

/**
 * Long polls of 20 seconds by five pollers, or by two if nothing limits the consumers; see
 * `lambdas/triggers.ts`.
 */
const polls = (): number =>
  Object.values<QueueTrigger>(queues)
    .map(({ maximumConcurrency }) => (maximumConcurrency ? 5 : 2) * 180 * hours)
    .reduce((sum, count) => sum + count, 0) * prices.sqsRequest

const sweeps = (isCounted = (_name: string): boolean => true): number => {
  const runsAMinute = Object.values(schedules).filter((schedule) => isCounted(schedule.function)).length
  return runsAMinute * 60 * hours * (runOf(0.03) + prices.dynamoRead)
}

const AlarmProperties = z.looseObject({
  Metrics: z.array(z.looseObject({ MetricStat: z.unknown().optional() })).optional(),
})

/**
 * A metric query costs by the metrics that it matches: ours match one topic rule, which has one. `isCounted`
 * filters by the text of each metric.
 */
const alarms = async (isCounted = (_metric: string): boolean => true): Promise<number> => {
  const { template } = await synthesized()
  const metrics = Object.values(template.Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .flatMap(({ Properties }): unknown[] => {
      const { Metrics = [] } = AlarmProperties.parse(Properties)
      const own = Metrics.filter(({ MetricStat }) => MetricStat)
      return own.length > 0 ? own : [Properties]
    })
  return metrics.filter((metric) => isCounted(JSON.stringify(metric))).length * prices.alarmMetric
}

/**
 * The cost of events and automation at rest: metrics of alarms, and sweeps; nothing polls. Shared parts that
 * exist anyway, the failure queue and the metrics of incidents and starts, are not counted.
 */
export const idleOfEvents = async (): Promise<{ alarms: number; sweeps: number }> => ({
  alarms: await alarms((metric) => /tellchanges|runcollections|retrywebhooks/.test(metric)),
  sweeps: sweeps((name) => name === 'run-collections' || name === 'retry-webhooks'),
})

const dashboards = async (): Promise<number> => {
  const { template } = await synthesized()
  const all = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Dashboard')
  return all.length * prices.dashboard
}

const atRest = (): [string, number][] => [
  ['empty polls of the queues', polls()],
  ['sweeps', sweeps()],
]

const ofLoad = (load: Load): [string, number][] => [
  ['metrics of our own', load.metrics],
  ['messages, connections, commands', load.messages],
  ['rules', load.rules],
  ['queues and functions', load.functions],
  ['table: writes and reads', load.table],
  ['table: what is kept after 400 days', load.kept],
  ['what is published: bus and functions', load.published],
  ['requests of operators', load.requests],
  ['storage events', load.storageEvents],
]

const sum = (costs: readonly [string, number][]): number => costs.reduce((total, [, cost]) => total + cost, 0)

/** `share`: the cost per dock of 200 behind relays, including the stack at rest. */
export type MonthlyCost = { text: string; idle: number; idleWithAlarms: number; dock: number; share: number }

export const fleets = [1, 200, 5_000] as const
const upgraded = 50_000

/** `lives` are the measured units of an upload, an upgrade and a dock's days. */
export const monthlyCost = async (lives: AllLives & { upgrade: Life }): Promise<MonthlyCost> => {
  const loads = [nothing, ...fleets.map((count) => docks(count, lives)), devices(upgraded, lives.upgrade)]
  const costs = loads.map((load) => [...atRest(), ...ofLoad(load)])
  const watching: [string, number][] = [
    ['alarms (`-c alarms=off` leaves them out)', await alarms()],
    ['dashboard (`-c dashboard=on` adds 3.00)', await dashboards()],
  ]
  const row = (name: string, all: readonly (number | undefined)[], digits = 2): string[] => [
    name,
    ...all.map((cost) => cost?.toFixed(digits) ?? ''),
  ]
  const machines = [undefined, ...fleets, upgraded]
  const shares = costs.map((cost, n) => {
    const many = machines[n]
    return many === undefined ? undefined : (sum(cost) + sum(watching)) / many
  })
  const [idle = Number.NaN] = costs.map(sum)
  return {
    idle,
    idleWithAlarms: idle + sum(watching),
    dock: dollarsOf(dockMonth('relay', lives, batchOf(200))),
    share: shares[2] ?? Number.NaN,
    text: printTable(
      [
        'US dollars a month',
        'idle',
        ...fleets.map((count) => (count === 1 ? '1 dock' : `${count.toLocaleString('en-US')} docks`)),
        `${upgraded.toLocaleString('en-US')} devices`,
      ],
      [
        ...(costs[0] ?? []).map(([name], n) =>
          row(
            name,
            costs.map((cost) => cost[n]?.[1]),
          ),
        ),
        row('together, without alarms', costs.map(sum)),
        ...watching.map(([name, cost]) =>
          row(
            name,
            costs.map(() => cost),
          ),
        ),
        row(
          'together',
          costs.map((cost) => sum(cost) + sum(watching)),
        ),
        row('of each dock or device, with its share', shares, 4),
      ],
    ),
  }
}
