import { Metrics } from '@aws-lambda-powertools/metrics'
import { log, type Speaker } from './log.ts'
import { invocationId } from './time-left.ts'

let made: Metrics | undefined

/** Metrics in CloudWatch's namespace `Groundcrew`. Created on first use: most cold starts count nothing. */
const metrics = (): Metrics => {
  made ??= new Metrics({ namespace: 'Groundcrew', serviceName: 'groundcrew' })
  return made
}

export type Count =
  | 'UploadsStarted'
  | 'UploadsVerified'
  /**
   * Events that somebody has to look at on the same day; a log line says what. One metric for all, because an
   * alarm is billed by its metrics.
   */
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
 * Counts unreadable fields of a message that was otherwise understood. Their names are logged at level debug,
 * because a device may send them in every message.
 */
export const countDropped = (
  of: Speaker & { messageIds: readonly string[] },
  paths: readonly string[] = [],
): void => {
  count('DroppedFields', paths.length)
  if (paths.length > 0) log('fieldsDropped', { ...of, paths })
}

/**
 * Counts by a dimension. Its values must come from a list in our code and never from a device, because
 * CloudWatch bills every value that it sees in an hour as a metric.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
 */
export const countBy = (
  name: 'UploadsFailed' | 'UpgradesEnded',
  dimension: 'reason' | 'result',
  value: string,
): void => {
  // Published on its own, because dimensions apply to all metrics that are published together.
  const single = metrics().singleMetric()
  single.addDimension(dimension, value)
  const requestId = invocationId()
  if (requestId) single.addMetadata('requestId', requestId)
  single.addMetric(name, 'Count', 1)
}

/**
 * Records how long a dock took to reply, from the creation of the command to the reply's arrival at the
 * broker.
 */
export const timeReply = (milliseconds: number): void => {
  if (milliseconds >= 0) metrics().addMetric('CommandReplyTime', 'Milliseconds', milliseconds)
}

/** Publishes the counts in a log line, which has the invocation's id like all others. */
export const flushCounts = (): void => {
  if (!made?.hasStoredMetrics()) return
  const requestId = invocationId()
  if (requestId) made.addMetadata('requestId', requestId)
  made.publishStoredMetrics()
}

/** Runs the work of an invocation and then publishes its counts, also if it fails. */
export const counting = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } finally {
    flushCounts()
  }
}
