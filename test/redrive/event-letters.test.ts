import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { tableOf } from '../../redrive/event-letters.ts'
import { judge } from '../../redrive/letters.ts'
import { redrive } from '../../redrive/redrive.ts'
import type { Republished } from '../../redrive/republish.ts'
import type { HeldLetter, SqsQueues } from '../../redrive/sqs-queues.ts'

const streamArn = 'arn:aws:dynamodb:eu-central-1:000000000000:table/Records/stream/2026-01-01T00:00:00.000'
const letterOf = (body: unknown) => ({
  messageId: 'sqs-id',
  body: JSON.stringify(body),
  sentAt: 1_800_000_000_000,
})
const verdictOf = (body: unknown) => judge('EventFailures', letterOf(body))

/** As Lambda writes it of a batch that it gave up. */
const givenUp = {
  requestContext: {
    requestId: 'r',
    functionArn: 'f',
    condition: 'RecordAgeExceeded',
    approximateInvokeCount: 9,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  version: '1.0',
  timestamp: '2026-11-29T12:00:00.000Z',
  DDBStreamBatchInfo: {
    shardId: 'shardId-00000001',
    startSequenceNumber: '100',
    endSequenceNumber: '107',
    approximateArrivalOfFirstRecord: '2026-11-28T15:00:00Z',
    approximateArrivalOfLastRecord: '2026-11-28T15:00:01Z',
    batchSize: 8,
    streamArn,
  },
}
const aside = { record: { eventSourceARN: streamArn, dynamodb: { SequenceNumber: '1' } } }
const event = {
  version: '0',
  id: 'x',
  source: 'groundcrew',
  account: '000000000000',
  region: 'eu-central-1',
  'detail-type': 'groundcrew.upload.verified.v1',
  time: '2026-11-29T12:00:00Z',
  resources: [],
  detail: { specversion: '1.0', id: 'evt_1', data: { record: {} } },
}

suite('A dead letter of an unpublished change', () => {
  test('is a batch that the mapping gave up, by its place in the stream', () => {
    assert.deepEqual(verdictOf(givenUp), {
      outcome: 'publish',
      unpublished: { kind: 'batch', streamArn, shardId: 'shardId-00000001', from: '100', to: '107', size: 8 },
    })
    assert.equal(tableOf(streamArn), 'Records')
  })

  test('is a record that the function put aside, whole', () =>
    assert.deepEqual(verdictOf(aside), {
      outcome: 'publish',
      unpublished: { kind: 'record', streamArn, record: aside.record },
    }))

  test('is an event whose function failed, with the id that it had', () =>
    assert.deepEqual(verdictOf(event), {
      outcome: 'publish',
      unpublished: {
        kind: 'event',
        type: 'groundcrew.upload.verified.v1',
        at: Date.UTC(2026, 10, 29, 12),
        detail: JSON.stringify(event.detail),
      },
    }))

  test('of anything else stays', () => {
    for (const other of [{}, { ...event, source: 'aws.s3' }, { record: {} }, 'text', null])
      assert.equal(verdictOf(other).outcome, 'keep')
  })
})

suite('Publishing a dead letter again', () => {
  const run = async (result: Republished, dryRun = false) => {
    const held: HeldLetter[] = [{ ...letterOf(aside), receipt: 'r' }]
    const removed: string[] = []
    const givenBack: string[] = []
    const sqs: Pick<SqsQueues, 'take' | 'remove' | 'giveBack'> = {
      take: async () => held.splice(0),
      remove: async (_, { messageId }) => void removed.push(messageId),
      giveBack: async (_, { messageId }) => void givenBack.push(messageId),
    }
    const totals = await redrive(
      {
        ...sqs,
        list: async () => [],
        counts: () => assert.fail(),
        send: () => assert.fail(),
        close: () => {},
      },
      {
        queues: new Map([['EventFailures', { name: 'EventFailures', url: 'u' }]]),
        stackName: 'Groundcrew',
        from: 'EventFailures',
        republish: async () => result,
        dryRun,
        onLetter: () => {},
      },
    )
    return { totals, removed, givenBack }
  }

  test('deletes a dead letter once it is published, or there is nothing left to publish', async () => {
    for (const result of [{ outcome: 'published' }, { outcome: 'gone', reason: 'too old' }] as const)
      assert.deepEqual((await run(result)).removed, ['sqs-id'])
  })

  test('keeps it if the bus refuses, and in a dry run', async () => {
    for (const { totals, removed, givenBack } of [
      await run({ outcome: 'failed', reason: 'refused' }),
      await run({ outcome: 'published' }, true),
    ]) {
      assert.equal(totals.drop, 0)
      assert.deepEqual([removed, givenBack], [[], ['sqs-id']])
    }
  })
})
