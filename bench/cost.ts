import * as z from 'zod'
import { type QueueTrigger, queues, schedules, topicRules } from '../lambdas/triggers.ts'
import { synthesized } from '../local/synthesized.ts'
import { prices } from './prices.ts'
import { printTable } from './table.ts'

/** What the units measured here cost on AWS. Storage of archives and sign-in of people are not counted. */

const memoryGb = 0.5

/** A progress report of about 1 KB, in batches of this many, with so many write units each. */
const perReport = (writeUnits: number, batch: number, secondsPerBatch: number): number =>
  prices.iotMessage +
  prices.iotRuleTriggered +
  prices.iotRuleAction +
  prices.sqsRequest * (1 + 2 / batch) +
  (prices.lambdaRequest + secondsPerBatch * memoryGb * prices.lambdaGbSecondArm) / batch +
  writeUnits * prices.dynamoWrite

/** Long polls of 20 seconds by five pollers, or by two where nothing limits the readers; see `lambdas/triggers.ts`. */
const pollsOf = ({ maximumConcurrency }: QueueTrigger): number => (maximumConcurrency ? 5 : 2) * 180 * 730

const idleMonth = (): number => {
  const polls = Object.values<QueueTrigger>(queues).reduce((sum, queue) => sum + pollsOf(queue), 0)
  // Each sweep once a minute.
  const sweeps = Object.keys(schedules).length * 60 * 730
  return (
    polls * prices.sqsRequest +
    sweeps * (prices.lambdaRequest + 0.03 * memoryGb * prices.lambdaGbSecondArm + prices.dynamoRead)
  )
}

const AlarmProperties = z.looseObject({
  Metrics: z.array(z.looseObject({ MetricStat: z.unknown().optional() })).optional(),
})

/** A query over metrics counts as one for each topic rule that it asks for. */
const alarmsMonth = async (): Promise<number> => {
  const { template } = await synthesized()
  const metrics = Object.values(template.Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => {
      const { Metrics } = AlarmProperties.parse(Properties)
      if (!Metrics) return 1
      return Metrics.filter(({ MetricStat }) => MetricStat).length || Object.keys(topicRules).length
    })
  return metrics.reduce((sum, count) => sum + count, 0) * prices.alarmMetric
}

/** Two uploads a dock a day, each with sixty reports; docks connected by themselves; without alarms. */
const fleetMonth = (docks: number, writeUnits: number): number => {
  const reports = docks * 2 * 60 * 30.4
  const calls = docks * 2 * 30 * 30.4
  return (
    idleMonth() +
    docks * prices.iotConnectionMonth +
    reports * perReport(writeUnits, 2, 0.02) +
    calls * (prices.httpApiRequest + prices.lambdaRequest + 0.05 * memoryGb * prices.lambdaGbSecondArm)
  )
}

export const costTable = async (writeUnits: number): Promise<string> =>
  printTable(
    ['What', 'US dollars'],
    [
      ['idle, a month, without alarms', idleMonth().toFixed(2)],
      ['idle, a month, with alarms', (idleMonth() + (await alarmsMonth())).toFixed(2)],
      ['200 docks, two uploads each a day, a month', fleetMonth(200, writeUnits).toFixed(2)],
      ['a million progress reports, one by one', (perReport(writeUnits, 1, 0.02) * 1e6).toFixed(2)],
      ['a million progress reports, ten to a batch', (perReport(writeUnits, 10, 0.045) * 1e6).toFixed(2)],
    ],
  )
