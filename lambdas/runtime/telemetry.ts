import { Metrics } from '@aws-lambda-powertools/metrics'
import { log, type Speaker } from './log.ts'
import { invocationId } from './time-left.ts'

let made: Metrics | undefined

/** Counts, in CloudWatch's namespace `Groundcrew`. Made with the first of them: most cold starts count nothing. */
const metrics = (): Metrics => {
  made ??= new Metrics({ namespace: 'Groundcrew', serviceName: 'groundcrew' })
  return made
}

export type Count =
  | 'UploadsStarted'
  | 'UploadsVerified'
  /** What somebody has to look at on that day; a log line says what. One count, since an alarm costs by its metrics. */
  | 'Incidents'
  | 'CommandsNotSent'
  | 'StorageRefusals'
  | 'RejectedMessages'
  | 'DroppedFields'
  | 'UnknownReplies'
  | 'ForeignExports'
  | 'ContradictingGateways'
  | 'ReportsWithoutModule'
  | 'UnclaimedReports'
  | 'SweepItemsLeft'
  | 'IllegalSources'
  | 'DockRequestsRefused'
  | 'TopologiesRefused'
  | 'DockLoginsRefused'
  | 'AlarmsNotKept'

export const count = (name: Count, times = 1): void => {
  if (times > 0) metrics().addMetric(name, 'Count', times)
}

/**
 * Counts fields that were left out of a message that was understood. Which they are is told at debug: a
 * device may do it always.
 */
export const countDropped = (
  of: Speaker & { messageIds: readonly string[] },
  paths: readonly string[] = [],
): void => {
  count('DroppedFields', paths.length)
  if (paths.length > 0) log('fieldsDropped', { ...of, paths })
}

/**
 * Counts by a dimension. Its values come from a list in our code and never from a device, since CloudWatch
 * charges for every value that it ever sees in an hour as for a metric.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
 */
export const countBy = (
  name: 'UploadsFailed' | 'UpgradesEnded',
  dimension: 'reason' | 'result',
  value: string,
): void => {
  // Written at once: dimensions are those of all metrics that are written together.
  const single = metrics().singleMetric()
  single.addDimension(dimension, value)
  const requestId = invocationId()
  if (requestId) single.addMetadata('requestId', requestId)
  single.addMetric(name, 'Count', 1)
}

/** How long docks take to answer a command, from when we made it to when the broker had the answer. */
export const timeReply = (milliseconds: number): void => {
  if (milliseconds >= 0) metrics().addMetric('CommandReplyTime', 'Milliseconds', milliseconds)
}

/** Writes down what was counted, in a line that has the invocation's id as all others have. */
export const flushCounts = (): void => {
  if (!made?.hasStoredMetrics()) return
  const requestId = invocationId()
  if (requestId) made.addMetadata('requestId', requestId)
  made.publishStoredMetrics()
}

/** Runs the work of an invocation and writes down what was counted in it, however it ends. */
export const counting = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } finally {
    flushCounts()
  }
}
