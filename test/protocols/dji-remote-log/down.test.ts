import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { cancelUpload, listLogs, startUpload } from '../../../protocols/dji-remote-log/down.ts'
import type { DeviceMessage } from '../../../protocols/message.ts'
import { example } from './payload.ts'

const command = { dockSn: '7CTDLAB00A0001', commandId: 't-1', sentAt: 1_659_429_523_120 }
const parsed = ({ payload }: DeviceMessage): unknown => JSON.parse(payload)
const exampleOf = (name: string): unknown => JSON.parse(example(name).toString())

/** The example with our ids in it; those of the page are placeholders. */
const withIds = (name: string, ids: object) => ({ ...z.looseObject({}).parse(exampleOf(name)), ...ids })

const start = {
  ...command,
  jobId: 'job-1',
  storage: {
    provider: 'ali',
    bucket: 'stg-dji-service-hz-ksd7',
    region: 'hz',
    endpoint: 'https://oss-cn-hangzhou.aliyuncs.com',
  },
  credentials: {
    accessKeyId: 'STS.access_key_id',
    secretAccessKey: 'access_key_secret',
    sessionToken: 'security_token',
    expiresAt: 1_659_432_522_000,
  },
  expireUnit: 'milliseconds',
  archives: [{ module: 'dock', objectKey: 'object_key', bootIndexes: [321, 322] }],
} as const

describe('the commands are those of the vendor', () => {
  const ids = { tid: 't-1', timestamp: command.sentAt }

  it('list', () => {
    const message = listLogs({ ...command, processId: 'p-1', modules: ['aircraft', 'dock'] })
    assert.equal(message.topic, 'thing/product/7CTDLAB00A0001/services')
    assert.deepEqual(parsed(message), withIds('down-fileupload_list-v1.16', { ...ids, bid: 'p-1' }))
  })

  it('start', () => {
    const message = startUpload(start)
    assert.equal(message.topic, 'thing/product/7CTDLAB00A0001/services')
    assert.deepEqual(parsed(message), withIds('down-fileupload_start-v1.16', { ...ids, bid: 'job-1' }))
  })

  it('cancel', () => {
    const message = cancelUpload({ ...command, jobId: 'job-1', modules: ['aircraft', 'dock'] })
    assert.equal(message.topic, 'thing/product/7CTDLAB00A0001/services')
    assert.deepEqual(parsed(message), withIds('down-fileupload_update-v1.16', { ...ids, bid: 'job-1' }))
  })
})

describe('the expiry of credentials', () => {
  it('is sent in seconds to docks that expect them, and never later than the actual time', () => {
    const credentials = { ...start.credentials, expiresAt: 1_659_432_522_999 }
    const { payload } = startUpload({ ...start, credentials, expireUnit: 'seconds' })
    assert.match(payload, /"expire":1659432522[,}]/)
  })
})

/** What a dock needs of a command, from the vendor's tables: exactly these fields, codes as strings. */
const Code = z.enum(['0', '3'])
const Text = z.string().min(1)
const envelope = { tid: Text, bid: Text, timestamp: z.int() }
const DockSide = z.discriminatedUnion('method', [
  z.strictObject({
    ...envelope,
    method: z.literal('fileupload_list'),
    data: z.strictObject({ module_list: z.array(Code) }),
  }),
  z.strictObject({
    ...envelope,
    method: z.literal('fileupload_update'),
    data: z.strictObject({ status: z.literal('cancel'), module_list: z.array(Code) }),
  }),
  z.strictObject({
    ...envelope,
    method: z.literal('fileupload_start'),
    data: z.strictObject({
      bucket: Text,
      region: z.string(),
      endpoint: Text,
      provider: z.enum(['ali', 'aws', 'minio']),
      credentials: z.strictObject({
        access_key_id: Text,
        access_key_secret: Text,
        security_token: Text,
        expire: z.int(),
      }),
      params: z.strictObject({
        files: z.array(
          z.strictObject({
            object_key: Text,
            module: Code,
            list: z.array(z.strictObject({ boot_index: z.int() })),
          }),
        ),
      }),
    }),
  }),
])

describe('a dock', () => {
  const module = fc.constantFrom('aircraft' as const, 'dock' as const)
  const word = fc.string({ minLength: 1, unit: 'binary' })
  const time = fc.nat(4_102_444_800_000)
  const anyCommand = { dockSn: fc.constant('7CTDLAB00A0001'), commandId: word, sentAt: time }
  const anyStart = fc.record({
    ...anyCommand,
    jobId: word,
    storage: fc.record({
      provider: fc.constantFrom('aws' as const, 'minio' as const, 'ali' as const),
      bucket: word,
      region: word,
      endpoint: word,
    }),
    credentials: fc.record({ accessKeyId: word, secretAccessKey: word, sessionToken: word, expiresAt: time }),
    expireUnit: fc.constantFrom('milliseconds' as const, 'seconds' as const),
    archives: fc.array(fc.record({ module, objectKey: word, bootIndexes: fc.array(fc.nat()) }), {
      maxLength: 2,
    }),
  })

  it('can read whatever list and cancel we write', () => {
    const modules = fc.uniqueArray(module, { minLength: 1 })
    fc.assert(
      fc.property(fc.record({ ...anyCommand, id: word, modules }), ({ id, ...rest }) => {
        for (const message of [listLogs({ ...rest, processId: id }), cancelUpload({ ...rest, jobId: id })]) {
          const { tid, bid } = DockSide.parse(parsed(message))
          assert.deepEqual([tid, bid], [rest.commandId, id])
        }
      }),
    )
  })

  it('can read whatever start we write, and finds its values in it', () => {
    fc.assert(
      fc.property(anyStart, (upload) => {
        const message = DockSide.parse(parsed(startUpload(upload)))
        assert.ok(message.method === 'fileupload_start')
        assert.equal(message.data.credentials.security_token, upload.credentials.sessionToken)
        assert.deepEqual(
          message.data.params.files.map(({ object_key, list }) => [
            object_key,
            list.map((log) => log.boot_index),
          ]),
          upload.archives.map(({ objectKey, bootIndexes }) => [objectKey, bootIndexes]),
        )
      }),
    )
  })
})
