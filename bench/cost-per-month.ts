import * as z from 'zod'
import { type QueueTrigger, queues, schedules } from '../lambdas/triggers.ts'
import { synthesized } from '../local/synthesized.ts'
import { runOf, throughQueue } from './cost-per-report.ts'
import { toldCost } from './events-cost.ts'
import type { Life } from './lives.ts'
import { prices } from './prices.ts'
import { printTable } from './table.ts'

/**
 * What a month costs with nothing to do, with docks, and with devices: every part of the stack that AWS
 * charges for by itself.
 */

const hours = 730
const days = hours / 24

/**
 * What a month has to do; see `docks` and `devices` for the rates that are assumed. `told`: dollars for what is
 * told of its changes.
 */
type Load = {
  connections: number
  reports: { count: number; batch: number }
  writes: number
  reads: number
  told: number
  commands: number
  calls: number
  storageEvents: number
  metricHours: number
  storedGb: number
}

const nothing: Load = {
  ...{ connections: 0, reports: { count: 0, batch: 1 }, writes: 0, reads: 0, told: 0 },
  ...{ commands: 0, calls: 0, storageEvents: 0, metricHours: 0, storedGb: 0 },
}

/**
 * Docks behind relays, 25 each, with what they say of uploads; `dock-traffic.ts` has the rest. Each uploads twice a day;
 * half of the reports share a batch with another one.
 */
const docks = (count: number, life: Life): Load => {
  const uploads = count * 2 * days
  return {
    connections: Math.ceil(count / 25),
    reports: { count: uploads * (life.reports + 2), batch: 2 },
    writes: uploads * life.writes,
    reads: uploads * (life.reads + 30),
    told: uploads * toldCost(life),
    commands: uploads * 2,
    calls: uploads * 30,
    storageEvents: uploads,
    // Started, verified and the time to answer are counted in each hour, three reasons of failures in one
    // hour of ten.
    metricHours: hours * (3 + 0.3),
    // Of 400 days: two items for the upload, two commands.
    storedGb: (count * 2 * 400 * 4_000) / 1e9,
  }
}

/**
 * Devices behind ten bridges. Each is upgraded once a month; the month's campaigns take a tenth of its hours.
 */
const devices = (count: number, life: Life): Load => ({
  connections: 10,
  reports: { count: count * life.reports, batch: 10 },
  writes: count * life.writes,
  reads: count * (life.reads + 1),
  told: count * toldCost(life),
  commands: count,
  calls: count / 500 + 1_000,
  storageEvents: 0,
  metricHours: hours * 0.1 * 4,
  // Of 400 days: a row for each report.
  storedGb: (count * life.reports * (400 / days) * 450) / 1e9,
})

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

/** A command is a publish, its delivery and the device's acknowledgement of it. */
const parts = (load: Load): [string, number][] => [
  ['empty polls of the queues', polls()],
  ['sweeps', sweeps()],
  ['metrics of our own', load.metricHours * prices.metricHour],
  ['connections to the broker', load.connections * prices.iotConnectionMonth],
  ['reports: broker, queue, function', load.reports.count * throughQueue(load.reports.batch)],
  ['table: writes and reads', load.writes * prices.dynamoWrite + load.reads * prices.dynamoRead],
  ['table: what is kept after 400 days', load.storedGb * prices.dynamoGbMonth],
  ['what is told: bus and functions', load.told],
  ['commands', load.commands * 3 * prices.iotMessage],
  ['requests of operators', load.calls * (prices.httpApiRequest + runOf(0.05))],
  ['storage events', load.storageEvents * (prices.eventBridgeEvent + 3 * prices.sqsRequest + runOf(0.03))],
]

export type MonthlyCost = { text: string; idle: number; idleWithAlarms: number }

/** `lives` are what an upload and an upgrade were measured to take. */
export const monthlyCost = async (lives: { upload: Life; upgrade: Life }): Promise<MonthlyCost> => {
  const loads = [nothing, docks(200, lives.upload), devices(50_000, lives.upgrade)].map(parts)
  const watching: [string, number][] = [
    ['alarms (`-c alarms=off` leaves them out)', await alarms()],
    ['dashboard (`-c dashboard=on` adds 3.00)', await dashboards()],
  ]
  const sum = (costs: readonly [string, number][]) => costs.reduce((total, [, cost]) => total + cost, 0)
  const dollars = (name: string, costs: readonly number[]) => [name, ...costs.map((cost) => cost.toFixed(2))]
  const [idle = Number.NaN] = loads.map(sum)
  const [first = []] = loads
  return {
    idle,
    idleWithAlarms: idle + sum(watching),
    text: printTable(
      ['US dollars a month', 'idle', '200 docks', '50,000 devices'],
      [
        ...first.map(([name], n) =>
          dollars(
            name,
            loads.map((load) => load[n]?.[1] ?? Number.NaN),
          ),
        ),
        dollars('together, without alarms', loads.map(sum)),
        ...watching.map(([name, cost]) => dollars(name, [cost, cost, cost])),
        dollars(
          'together',
          loads.map((load) => sum(load) + sum(watching)),
        ),
      ],
    ),
  }
}
