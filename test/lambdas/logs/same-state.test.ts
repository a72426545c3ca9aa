import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SQSRecord } from 'aws-lambda'
import fc from 'fast-check'
import { start, wireBackend } from '../../support/backend.ts'
import { batchOf, objectCreated, progressPayload, queued, replyPayload } from '../../support/dock-messages.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'

/** The same set of messages gives the same state, in whatever order and however often they are processed. */
describe('the state of an upload', () => {
  const world = openTable()
  let dockNumber = 0

  /**
   * One message in the three ways that it may come: once, again from the queue, resent by the dock a little
   * later.
   */
  type Story = {
    send: (records: readonly SQSRecord[]) => Promise<void>
    messages: Message[]
    look: () => Promise<string>
  }
  type Message = { original: SQSRecord; resent?: SQSRecord }

  /** Opens an upload, and makes the messages that its dock and storage will send about it. */
  const tell = async (): Promise<Story> => {
    const backend = wireBackend(world.table)
    dockNumber += 1
    const { id, commandId, dockSn, keyOf } = await backend.open(`DOCK${dockNumber}`)
    const file = (module: 'aircraft' | 'dock', progress: object, more: object = {}) => ({
      module: module === 'aircraft' ? '0' : '3',
      key: keyOf(module),
      size: module === 'aircraft' ? 9_000_000 : 400,
      ...more,
      progress: { current_step: 1, total_step: 3, ...progress },
    })
    const said = (payload: unknown, at: number): Message => {
      const receivedAt = start + at
      return {
        original: queued({ dockSn, payload, receivedAt }),
        resent: queued({ dockSn, payload, receivedAt: receivedAt + 700 }),
      }
    }
    const messages: Message[] = [
      said(replyPayload(commandId, { result: 0 }), 300),
      said(progressPayload(id, [file('aircraft', { status: 'file_pull', progress: 40 })]), 2_000),
      said(
        progressPayload(id, [
          file('aircraft', { status: 'file_uploading', current_step: 3, progress: 10, upload_rate: 5 }),
          file('dock', { status: 'file_pull', progress: 90 }),
        ]),
        4_000,
      ),
      said(
        progressPayload(id, [
          file('aircraft', { status: 'ok', result: 0, finish_time: start }, { fingerprint: 'a'.repeat(32) }),
          file('dock', { status: 'file_uploading', current_step: 3, progress: 50 }),
        ]),
        9_000,
      ),
      said(progressPayload(id, [file('dock', { status: 'ok', result: 0 })], 'ok'), 12_000),
      {
        original: objectCreated({
          key: keyOf('aircraft'),
          size: 9_000_000,
          etag: 'x-2',
          sequencer: '0A1',
          at: start + 8_000,
        }),
      },
      {
        original: objectCreated({
          key: keyOf('dock'),
          size: 400,
          etag: 'y-1',
          sequencer: '0A2',
          at: start + 11_000,
        }),
      },
    ]
    const send = async (records: readonly SQSRecord[]): Promise<void> => {
      const isStorage = (record: SQSRecord) => record.body.includes('aws.s3')
      const isReply = (record: SQSRecord) =>
        record === messages[0]?.original || record === messages[0]?.resent
      const failed = [
        await backend.archives(batchOf(...records.filter(isStorage))),
        await backend.replies(batchOf(...records.filter(isReply))),
        await backend.progress(
          batchOf(...records.filter((record) => !isStorage(record) && !isReply(record))),
        ),
      ]
      assert.deepEqual(failed.flat(), [])
    }
    const look = async () => JSON.stringify({ ...(await backend.view(dockSn, id)), ...blank })
    return { send, messages, look }
  }

  /** What differs between two uploads that are otherwise alike: their names. */
  const blank = { id: '', dockSn: '' }
  const withoutNames = (json: string) => json.replaceAll(/north\/DOCK\d+\/[^"]*\//g, '')

  it('is verified when all of its messages came once, in order', async () => {
    const story = await tell()
    for (const { original } of story.messages) await story.send([original])
    assert.match(await story.look(), /"state":"verified".*"state":"verified".*"state":"verified"/)
  })

  // An upload is looked at half way too: once it has ended, the end outshines what its progress registers
  // hold.
  for (const [name, count] of [
    ['while both archives move', 3],
    ['when one archive has ended', 4],
    ['when all has been said', 7],
  ] as const)
    it(`does not depend on the order, the batches, or on how often a message comes, ${name}`, async () => {
      const inOrder = await tell()
      for (const { original, resent } of inOrder.messages.slice(0, count))
        await inOrder.send(resent ? [original, resent] : [original])
      const expected = withoutNames(await inOrder.look())

      const slots = Array.from({ length: count * 3 }, (_, slot) => slot)
      const orders = fc.shuffledSubarray(slots, { minLength: slots.length, maxLength: slots.length })
      const batches = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 21, maxLength: 21 })
      await fc.assert(
        fc.asyncProperty(orders, batches, async (order, sizes) => {
          const story = await tell()
          const records = order.flatMap((slot) => {
            const message = story.messages[slot % count]
            const record = slot < 2 * count ? message?.original : message?.resent
            return record ? [record] : []
          })
          for (const size of sizes) await story.send(records.splice(0, size))
          await story.send(records)
          assert.equal(withoutNames(await story.look()), expected)
        }),
        rounds(25),
      )
    })
})
