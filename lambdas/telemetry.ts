import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'

/**
 * Everything that this system logs or counts. A message is one constant sentence; what it is about goes in its fields.
 * Payloads only at debug, credentials never.
 */
export const messages = {
  requestFailed: 'A request failed for a reason that is not the caller’s',
  commandNotSent: 'A command could not be sent to a dock',
  batchItemFailed: 'A message could not be recorded and will be tried again',
  unknownCommand: 'A dock answered a command that is not known',
  rejectedMessage: 'A message of a device could not be understood',
  fieldsDropped: 'Fields of a device’s message could not be read and were left out',
  sweepFailed: 'What is due could not be looked after and will be tried again',
  notPostponed: 'What could not be looked after could not be put off either',
  sweepCutShort: 'A sweep had no time for all that is due and leaves the rest to the next minute',
  cancelNotSent: 'A cancel could not be sent to a dock and will be tried again',
  storageRefusesUs:
    'Storage refuses our own request: its configuration, our key pair or our rights are wrong',
  storageCheckFailed: 'A step of the storage check failed',
  deviceNotAdded: 'A device could not be added to a campaign',
  versionNotAsked: 'A device could not be asked which version it runs',
  historyNotKept: 'An entry of an upload’s history could not be kept',
} as const

export const logger = new Logger({ serviceName: 'groundcrew' })

/** Counts, in CloudWatch's namespace `Groundcrew`. */
const metrics = new Metrics({ namespace: 'Groundcrew', serviceName: 'groundcrew' })

export type Count =
  | 'UploadsStarted'
  | 'UploadsVerified'
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

export const count = (name: Count, times = 1): void => {
  if (times > 0) metrics.addMetric(name, 'Count', times)
}

/** Counts fields that were left out of a message that was understood. Which they are is told at debug: a device may do it always. */
export const countDropped = (source: string, paths: readonly string[] = []): void => {
  count('DroppedFields', paths.length)
  if (paths.length > 0) logger.debug(messages.fieldsDropped, { source, paths })
}

/**
 * Counts by a dimension. Its values come from a list in our code and never from a device, since CloudWatch charges for every value
 * that it ever sees in an hour as for a metric. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
 */
export const countBy = (
  name: 'UploadsFailed' | 'UpgradesEnded',
  dimension: 'reason' | 'result',
  value: string,
): void => {
  // Written at once: dimensions are those of all metrics that are written together.
  const single = metrics.singleMetric()
  single.addDimension(dimension, value)
  single.addMetric(name, 'Count', 1)
}

/** How long docks take to answer a command, from when we made it to when the broker had the answer. */
export const timeReply = (milliseconds: number): void => {
  if (milliseconds >= 0) metrics.addMetric('CommandReplyTime', 'Milliseconds', milliseconds)
}

/** Writes down what was counted; called at the end of each invocation. */
export const flushCounts = (): void => {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
}

/**
 * What is known of an error without its message, which may repeat what was sent; only the right that AWS misses is taken
 * from it. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export const errorFields = (
  error: unknown,
): { errorName: string; errorStack?: string; missingRight?: string } => {
  if (!(error instanceof Error)) return { errorName: typeof error }
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  const [, missingRight] = /not authorized to perform: (\S+( on resource: \S+)?)/.exec(error.message) ?? []
  return {
    errorName: error.name,
    errorStack: frames.slice(0, 8).join('\n'),
    ...(missingRight ? { missingRight } : {}),
  }
}
