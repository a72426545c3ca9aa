import * as z from 'zod'
import { type QueueTrigger, queues, schedules } from '../lambdas/triggers.ts'
import { synthesized } from '../local/synthesized.ts'
import { handedOn, runOf } from './cost-per-report.ts'
import { type AllLives, type DockMonth, dockMonth, dollarsOf } from './dock-month.ts'
import { aDay, daysOfMonth } from './dock-traffic.ts'
import { toldCost } from './events-cost.ts'
import type { Life } from './lives.ts'
import { prices } from './prices.ts'
import { printTable } from './table.ts'

/**
 * What a month costs with nothing to do, with docks, and with devices: every part of the stack that AWS
 * charges for by itself.
 */

const hours = 730

/** US dollars a month of what a load takes, beside what the stack takes at rest. */
type Load = DockMonth & { metrics: number }

const nothing: Load = {
  metrics: 0,
  messages: 0,
  rules: 0,
  functions: 0,
  table: 0,
  kept: 0,
  told: 0,
  requests: 0,
  storageEvents: 0,
}

/** Messages at once of so many docks: a batch waits a second for others. */
const batchOf = (docks: number): number => (docks < 50 ? 1 : docks < 1_000 ? 2 : 10)

/**
 * Docks behind relays. Started, verified and the time to answer are counted in each hour in which there is an
 * upload, three reasons of failures in one hour of ten.
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
    told: count * one.told,
    requests: count * one.requests,
    storageEvents: count * one.storageEvents,
    metrics: hours * hoursWithUploads * (3 + 0.3) * prices.metricHour,
  }
}

/**
 * Devices behind ten bridges. Each is upgraded once a month; the month's campaigns take a tenth of its hours. Of 400
 * days a row for each report is kept. A device is offered its package, a command, and read once.
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
    told: count * toldCost(life),
    requests: (count / 500 + 1_000) * (prices.httpApiRequest + runOf(0.05)),
  }
}

/**
 * Long polls of 20 seconds by five pollers, or by two where nothing limits the readers; see
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
 * A query counts by the metrics that it finds: ours ask for one topic rule, which has one. `isCounted` is asked
 * about the text of each metric.
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
 * What telling others and acting by itself cost at rest: metrics of alarms and sweeps; nothing of it polls. What they
 * share with what would be there without them, the queue of failures and the counts of incidents and starts, is no more
 * for them.
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
  ['what is told: bus and functions', load.told],
  ['requests of operators', load.requests],
  ['storage events', load.storageEvents],
]

const sum = (costs: readonly [string, number][]): number => costs.reduce((total, [, cost]) => total + cost, 0)

/** `share`: of one dock of 200, behind relays, with all that the stack takes. */
export type MonthlyCost = { text: string; idle: number; idleWithAlarms: number; dock: number; share: number }

export const fleets = [1, 200, 5_000] as const
const upgraded = 50_000

/** `lives` are what an upload, an upgrade and a dock's days were measured to take. */
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
