import { Logger } from '@aws-lambda-powertools/logger'
import type { ErrorFields } from './error-fields.ts'
import { invocationId } from './time-left.ts'

/**
 * All messages that the system logs. A message is one constant sentence; the details are in its fields.
 * `Fields` says which fields each message must have, so that lines can be found by the ids of dock, upload,
 * device and message, as `docs/runbook.md` promises. Payloads and credentials are never logged.
 */
export const messages = {
  requestFailed: ['error', 'A request failed because of an internal error'],
  commandNotSent: ['error', 'A command could not be sent to a dock'],
  debugModeStuck: ['error', 'A dock may still be in debug mode and does not confirm that it is closed'],
  batchItemFailed: ['error', 'A message could not be recorded and will be retried'],
  unknownCommand: ['info', 'A dock replied to an unknown command'],
  rejectedMessage: ['warn', 'A message of a device could not be understood'],
  fieldsDropped: ['debug', 'Fields of a device’s message could not be read and were left out'],
  sweepFailed: ['error', 'A due item could not be processed and will be retried'],
  notPostponed: ['error', 'A due item that failed could not be postponed'],
  sweepCutShort: ['warn', 'A sweep had no time for all due items and leaves the rest to the next run'],
  storageRefusesUs: [
    'error',
    'Storage refuses our own request: its configuration, our key pair or our rights are wrong',
  ],
  archiveOverwritten: ['warn', 'Another object was put into storage in the place of an archive'],
  storageCheckFailed: ['warn', 'A step of the storage check failed'],
  deviceNotAdded: ['error', 'A device could not be added to a campaign'],
  turnNotAdvanced: ['error', 'A device’s turn in a campaign could not be processed; the next run retries it'],
  versionNotAsked: ['warn', 'A device could not be asked for its version'],
  dockNotAnswered: ['error', 'A dock’s request was refused because of an internal error'],
  dockRefused: ['info', 'A dock’s request was refused'],
  loginRefused: ['warn', 'A dock’s login was refused'],
  connectionNotEnded: ['error', 'A connection could not be ended; it ends when its policy is refreshed'],
  packageFileLeft: ['warn', 'A file that a package no longer has could not be removed from storage'],
  historyNotKept: ['error', 'An entry of an upload’s history could not be kept'],
  changeNotPublished: [
    'error',
    'The events of a change could not be published; they are retried, or kept among the failures',
  ],
  eventsRefused: ['error', 'The bus refused events; they are retried, or kept among the failures'],
} as const satisfies Record<string, readonly ['error' | 'warn' | 'info' | 'debug', string]>

/** The sender of messages, from the topic or from the forwarder. */
export type Speaker = { dockSn: string } | { deviceId: string }

export const ofDock = (dockSn: string): { dockSn: string } => ({ dockSn })
export const ofDevice = (deviceId: string): { deviceId: string } => ({ deviceId })

/** An item that a sweep works on. */
export type Subject =
  | { dockSn: string; uploadId: string }
  | { dockSn: string }
  | { deviceId: string }
  | { campaignId: string }
  | { packageId: string }
  | { collectionId: string; runId?: string }
  /** For a delivery: the creation of its webhook, and its sort key. */
  | { webhookId: string; making?: string; delivery?: string }

/** Ids of queue messages; over HTTPS, positions in the request body. */
type MessageIds = { messageIds: readonly string[] }

/**
 * What is known of a part of a batch: the more, the further it was processed. Nothing is known of a message
 * that none of our rules made.
 */
export type BatchIds = MessageIds &
  (
    | { dockSn?: string; uploadId?: string; listingId?: string; commandId?: string }
    /** `gatewayId`: the gateway that reported for the device. */
    | { deviceId: string; gatewayId?: string }
  )

type Fields = {
  /** `apiRequestId`: the id in API Gateway's access log. */
  requestFailed: { route: string; path: string; apiRequestId: string } & ErrorFields
  commandNotSent: { dockSn: string } & (
    | { uploadId: string }
    | { listingId: string }
    /** A command of debug mode. */
    | { command: string }
  ) &
    ErrorFields
  debugModeStuck: { dockSn: string; holder: string }
  batchItemFailed: BatchIds & ErrorFields
  unknownCommand: { dockSn: string; commandId: string } & MessageIds
  rejectedMessage: Speaker & MessageIds & { reason: string; path: string; times: number }
  fieldsDropped: Speaker & MessageIds & { paths: readonly string[] }
  sweepFailed: { sweep: string } & Subject & ErrorFields
  notPostponed: { sweep: string } & Subject & ErrorFields
  sweepCutShort: { sweep: string; left: number }
  storageRefusesUs: { method: string; objectKey: string; dockSn?: string; uploadId?: string }
  archiveOverwritten: { dockSn: string; uploadId: string; module: string }
  storageCheckFailed: { step: string; cause: string | undefined; detail: string | undefined }
  deviceNotAdded: { campaignId: string; deviceId: string } & ErrorFields
  turnNotAdvanced: { campaignId: string; deviceId: string } & ErrorFields
  versionNotAsked: { deviceId: string } & ({ campaignId: string } | { attemptId: string }) & ErrorFields
  dockNotAnswered: { dockSn: string; request: string } & MessageIds & ErrorFields
  dockRefused: { dockSn: string; request: string; refusals: readonly string[] } & MessageIds
  loginRefused: { fault: string; dockSn?: string; userName?: string; times: number }
  connectionNotEnded: { clientId: string } & ErrorFields
  packageFileLeft: { packageId: string; objectKey: string } & ErrorFields
  historyNotKept: { dockSn: string; uploadId: string } & ErrorFields
  changeNotPublished: { sequence: string } & ErrorFields
  eventsRefused: { refused: number } & Partial<ErrorFields>
}

let logger: Logger | undefined

/** Writes one line. `requestId` is the id of the invocation, under the same name as in Lambda's own lines. */
export const log = <Name extends keyof Fields>(name: Name, fields: Fields[Name]): void => {
  const [level, text] = messages[name]
  // Created on first use: most cold starts log nothing.
  logger ??= new Logger({ serviceName: 'groundcrew' })
  logger[level](text, { requestId: invocationId(), ...fields })
}
