import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readProgress, readReply } from '../../../protocols/dji-remote-log/up.ts'
import { spoiltJson } from '../../fuzz/changes.ts'
import { beside } from '../spoilt.ts'
import { example, payload, understood } from './payload.ts'

const dockSn = '7CTDLAB00A0001'
const readers = { readReply, readProgress }

const names = [
  'up-fileupload_progress-v1.16',
  'up-fileupload_list-v1.16',
  'up-fileupload_start-v1.16',
  'up-fileupload_progress',
]
const examples: unknown[] = names.map((name) => JSON.parse(example(name).toString()))

const changedExample = spoiltJson(examples)

/**
 * What a fact must be to be stored and shown: nothing undefined, no number a database refuses, no text it
 * cannot encode.
 */
const isStorable = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value === 'string') return value.isWellFormed() && value.length <= 1024
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isStorable)
  return typeof value === 'boolean'
}

for (const [name, read] of Object.entries(readers)) {
  describe(name, () => {
    it('produces facts that can be stored, whatever is wrong with an example', () => {
      fc.assert(
        fc.property(changedExample, (message) => {
          const outcome = read(dockSn, payload(message))
          return outcome.outcome !== 'understood' || isStorable(outcome.fact)
        }),
        { numRuns: 500 },
      )
    })

    it('reads the same bytes the same, and does not change them', () => {
      fc.assert(
        fc.property(changedExample, (message) => {
          const bytes = payload(message)
          const before = Buffer.from(bytes)
          assert.deepEqual(read(dockSn, bytes), read(dockSn, bytes))
          assert.deepEqual(Buffer.from(bytes), before)
        }),
      )
    })

    it('reads a message the same after a broker in between parsed and wrote it anew', () => {
      fc.assert(
        fc.property(fc.oneof(changedExample, fc.jsonValue()), (message) => {
          const again: unknown = JSON.parse(JSON.stringify(message))
          assert.deepEqual(read(dockSn, payload(reversed(again))), read(dockSn, payload(message)))
        }),
      )
    })

    it('ignores fields it does not know', () => {
      fc.assert(
        fc.property(fc.constantFrom(...examples), fc.jsonValue(), (message, value) => {
          assert.deepEqual(read(dockSn, payload(extended(message, value))), read(dockSn, payload(message)))
        }),
      )
    })
  })
}

describe('an invalid neighbouring field', () => {
  const envelope = { tid: 't-1', bid: 'b-1' }
  const ofMessage = beside('timestamp gateway need_reply odd')

  it('does not change which command was answered, and how', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), ofMessage, beside('files output ext odd'), (result, more, data) => {
        const message = { ...more, ...envelope, method: 'fileupload_list', data: { ...data, result } }
        const reply = understood(readReply(dockSn, payload(message)))
        assert.deepEqual([reply.commandId, reply.result], ['t-1', result])
      }),
    )
  })

  it('does not change which archive ended, and how', () => {
    const statuses = fc.constantFrom('ok', 'failed', 'canceled', 'file_zip')
    fc.assert(
      fc.property(
        statuses,
        ofMessage,
        beside('result odd files ext'),
        beside('size fingerprint device_sn list result odd'),
        beside('progress prgress percent current_step total_step finish_time upload_rate result odd'),
        (status, more, data, ofFile, ofProgress) => {
          const file = { ...ofFile, module: '3', key: 'a/b.tar', progress: { ...ofProgress, status } }
          const message = {
            ...more,
            ...envelope,
            method: 'fileupload_progress',
            data: { ...data, output: { status, ext: { files: [file] } } },
          }
          const { processId, end, archives } = understood(readProgress(dockSn, payload(message)))
          const [archive] = archives
          assert.deepEqual([processId, archive?.module, archive?.objectKey], ['b-1', 'dock', 'a/b.tar'])
          assert.equal(archive?.end ?? archive?.step, end ?? 'packing')
        },
      ),
    )
  })
})

/** The same message with the fields of every object in the opposite order. */
const reversed = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(reversed)
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(
    Object.entries(part)
      .reverse()
      .map(([name, inner]) => [name, reversed(inner)]),
  )
}

const extended = (part: unknown, value: unknown): unknown => {
  if (Array.isArray(part)) return part.map((inner) => extended(inner, value))
  if (typeof part !== 'object' || part === null) return part
  const fields = Object.entries(part).map(([name, inner]): [string, unknown] => [
    name,
    extended(inner, value),
  ])
  return Object.fromEntries([['not_in_any_version', value], ...fields])
}
