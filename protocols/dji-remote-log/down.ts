/**
 * Our messages to a dock: a command in our own terms becomes a topic and a payload. Pure: the same command
 * always gives the same message. A dock that gets a start twice answers the second with 325009: it is busy
 * with the first.
 *
 * Only the fields of the current documentation are sent, not those that the vendor's discontinued demo adds
 * (`file_store_dir`, `file_type`, times and sizes of logs, `gateway`).
 */
import type { DeviceMessage } from '../message.ts'
import type { Module } from './facts.ts'
import { moduleCodes } from './module-codes.ts'
import { methods, topicsOf } from './topics.ts'

/** `sentAt` is epoch milliseconds; the dock's reply contains `commandId`. */
type Command = { dockSn: string; commandId: string; sentAt: number }

/** Requests the list of logs on a dock and its aircraft. `processId` names the listing; any unique string. */
export const listLogs = (
  command: Command & { processId: string; modules: readonly Module[] },
): DeviceMessage =>
  serviceCall(command, command.processId, methods.list, { module_list: codesOf(command.modules) })

/** Object storage, as the dock has to address it. */
export type UploadStorage = {
  provider: 'aws' | 'minio' | 'ali'
  bucket: string
  region: string
  endpoint: string
}

/** Credentials lent for one upload. `expiresAt` is epoch milliseconds. */
export type LentCredentials = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiresAt: number
}

/** The logs of a module, and the object they go into: the dock makes one archive per module. */
export type RequestedArchive = { module: Module; objectKey: string; bootIndexes: readonly number[] }

/**
 * Requests an upload of logs. The payload contains credentials: it must not be logged or stored.
 *
 * `expireUnit`: the vendor's table describes `expire` in seconds, its example shows epoch milliseconds, and
 * its own demo sends those; so milliseconds is the right choice unless a dock needs otherwise.
 */
export const startUpload = (
  command: Command & {
    jobId: string
    storage: UploadStorage
    credentials: LentCredentials
    expireUnit: 'milliseconds' | 'seconds'
    archives: readonly RequestedArchive[]
  },
): DeviceMessage => {
  const { storage, credentials, expireUnit, archives } = command
  return serviceCall(command, command.jobId, methods.start, {
    bucket: storage.bucket,
    region: storage.region,
    endpoint: storage.endpoint,
    provider: storage.provider,
    credentials: {
      access_key_id: credentials.accessKeyId,
      access_key_secret: credentials.secretAccessKey,
      security_token: credentials.sessionToken,
      expire: expireUnit === 'seconds' ? Math.floor(credentials.expiresAt / 1000) : credentials.expiresAt,
    },
    params: {
      files: archives.map(({ module, objectKey, bootIndexes }) => ({
        module: moduleCodes[module],
        object_key: objectKey,
        list: bootIndexes.map((bootIndex) => ({ boot_index: bootIndex })),
      })),
    },
  })
}

/**
 * Requests that a dock stop uploading. The message names modules, not a job: it stops whatever the dock is
 * exporting of them. The vendor supports no other update (its feature page rules out pause, resume and
 * reject).
 */
export const cancelUpload = (
  command: Command & { jobId: string; modules: readonly Module[] },
): DeviceMessage =>
  serviceCall(command, command.jobId, methods.update, {
    status: 'cancel',
    module_list: codesOf(command.modules),
  })

const serviceCall = (
  { dockSn, commandId, sentAt }: Command,
  processId: string,
  method: string,
  data: object,
): DeviceMessage => ({
  topic: topicsOf(dockSn).services,
  payload: JSON.stringify({ tid: commandId, bid: processId, timestamp: sentAt, method, data }),
})

const codesOf = (modules: readonly Module[]): string[] => modules.map((module) => moduleCodes[module])
