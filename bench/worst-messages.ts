import { randomUUID } from 'node:crypto'
import { newId } from '../lambdas/runtime/new-id.ts'
import type { Opened } from './open-upload.ts'

/**
 * The most expensive messages that we could find: each attacks another limit. They are as large as broker and
 * API accept.
 */

/**
 * The bytes of a message that fit beside an entry's device id into the API's 128 KiB, which is also AWS IoT
 * Core's limit.
 */
const room = 128 * 1024 - 200

export type DeviceMessage = { name: string; payload: (n: number) => string }
export type DockMessage = {
  name: string
  topic: 'events' | 'services_reply'
  payload: (n: number, of: Opened) => string
}

const times = (count: number, unit: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => unit(n)).join(',')

/** As many copies of a unit as fit. */
const full = (unit: string, more = ''): string =>
  times(Math.floor((room - more.length - 100) / (Buffer.byteLength(unit) + 1)), () => unit)

const services = (list: string): string => `{"services":[${list}]}`
const upgrade = (paras: string): string =>
  `{"service_id":"$ota","event_type":"upgrade_progress_report","paras":{${paras}}}`
const versions = (firmware: string, software: string): string =>
  `{"service_id":"$ota","event_type":"version_report","paras":{"fw_version":"${firmware}","sw_version":"${software}"}}`

/** Three bytes per character, so that a length in characters is large in bytes. */
const wide = (count: number): string => '文'.repeat(count)
const unseen = '\u202e\u200b\u2066'

const faults = [
  '1',
  '{}',
  '{"service_id":"$ota"}',
  upgrade(''),
  '{"service_id":"$ota","event_type":"version_report","paras":{}}',
  versions('\\u0001x\\u0001y', ''),
  '{"service_id":"$ota","event_type":"upgrade_progress_report"}',
  '{"service_id":"$time_sync","event_type":"time_sync_request","paras":{}}',
]

export const deviceMessages: readonly DeviceMessage[] = [
  { name: '101 invalid services, 216 bytes', payload: () => services(times(101, () => '1')) },
  {
    name: '100 good reports, versions of their own',
    payload: (n) =>
      services(times(100, (k) => upgrade(`"result_code":0,"progress":${k},"version":"v${n}-${k}"`))),
  },
  {
    name: '10 reports with long versions and descriptions',
    payload: (n) =>
      services(
        times(10, (k) =>
          upgrade(
            `"result_code":${k},"progress":${k},"version":"${n}-${k}${wide(240)}","description":"${wide(1_000)}"`,
          ),
        ),
      ),
  },
  {
    name: '10 long version reports',
    payload: (n) => services(times(10, (k) => versions(`${n}-${k}${wide(240)}`, `${k}-${n}${wide(240)}`))),
  },
  {
    name: '10 claims of the target, which make us ask',
    payload: () => services(times(10, () => upgrade('"result_code":0,"progress":100,"version":"2.0"'))),
  },
  {
    name: 'a number for a version, beside 43,000 × {}',
    payload: () => {
      const first = upgrade('"result_code":0,"version":1.10')
      return services(`${first},${full('{}', first)}`)
    },
  },
  {
    name: 'nested 65,000 deep',
    payload: () => {
      const depth = Math.floor(room / 2) - 20
      return services(`${'['.repeat(depth)}${']'.repeat(depth)}`)
    },
  },
  {
    name: 'all faults at once, in turn',
    payload: (n) => services(times(10, (k) => faults[(n + k) % faults.length] ?? '1')),
  },
  {
    name: 'invalid numbers, each with 16 digits or more',
    payload: (n) =>
      services(
        times(10, (k) =>
          upgrade(`"result_code":${n % 2 ? '9'.repeat(300) : k},"progress":-1e308,"version":${n}e${k}`),
        ),
      ),
  },
  {
    name: 'invisible characters, 120 KB of them',
    payload: () => {
      const hidden = unseen.repeat(Math.floor((room / 10 - 900) / 9))
      return services(
        times(10, () =>
          upgrade(`"result_code":7,"version":"${unseen.repeat(80)}","description":"${hidden}"`),
        ),
      )
    },
  },
  {
    name: 'another device each time, not behind this gateway',
    payload: (n) =>
      `{"object_device_id":"stranger-${n}","services":[${times(10, () => upgrade('"result_code":0,"progress":1'))}]}`,
  },
  {
    name: '10 questions for the time, of which one is answered',
    payload: () =>
      services(
        times(
          10,
          () => '{"service_id":"$time_sync","event_type":"time_sync_request","paras":{"device_send_time":1}}',
        ),
      ),
  },
  { name: 'no JSON, 128 KB of it', payload: () => `{"services":[${'"token":'.repeat(room / 8 - 10)}` },
]

const progress = (bid: string, files: string, more = ''): string =>
  `{"tid":"${randomUUID()}","bid":"${bid}","method":"fileupload_progress",${more}"data":{"output":{"ext":{"files":[${files}]}}}}`
const file = (key: string): string =>
  `{"module":"3","key":"${key}","size":50000000,"progress":{"status":"file_uploading","progress":5}}`
const log = (n: number): string =>
  `{"boot_index":${n},"start_time":1700000000,"end_time":1700000100,"size":50000000}`

export const dockMessages: readonly DockMessage[] = [
  { name: '43,000 × {} for files', topic: 'events', payload: () => progress('x', full('{}')) },
  {
    name: 'as many unknown uploads as are read',
    topic: 'events',
    payload: (_, { id, objectKey }) =>
      progress(
        'x',
        times(16, () => file(objectKey.replace(id, newId(Date.now())))),
      ),
  },
  {
    name: 'an export of another platform, another each time',
    topic: 'events',
    payload: (n) =>
      progress(
        randomUUID(),
        times(16, (k) => file(`elsewhere/${n}/${k}.tar`)),
      ),
  },
  {
    name: 'an unknown process that requests an answer',
    topic: 'events',
    payload: () => progress(randomUUID(), '{"module":"3","progress":{"status":"ok"}}', '"need_reply":1,'),
  },
  {
    name: 'a listing of 1,500 boots, again and again',
    topic: 'services_reply',
    payload: (_, { listingId }) =>
      `{"tid":"${listingId}","bid":"x","method":"fileupload_list","data":{"files":[{"module":"3","result":0,"list":[${times(1_500, log)}]}]}}`,
  },
]
