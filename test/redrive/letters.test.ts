import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { queues, topicRules } from '../../lambdas/triggers.ts'
import { parseRule } from '../../local/iot/sql.ts'
import { failureQueues, judge } from '../../redrive/letters.ts'

const sentAt = 1_800_000_000_000
const letterOf = (body: unknown) => ({ messageId: 'sqs-id', body: JSON.stringify(body), sentAt })
const Envelope = z.object({ receivedAt: z.number(), receiptId: z.string() }).loose()

/** What IoT Core writes of a message that a rule's action failed on. */
const failureOf = (topic: string, payload: Buffer, more: object = {}) => ({
  ruleName: 'some_rule',
  topic,
  cloudwatchTraceId: '7e146a2c-95b5-6caf-98b9-50e3969734c7',
  clientId: 'dock',
  base64OriginalPayload: payload.toString('base64'),
  failures: [{ failedAction: 'SqsAction', failedResource: 'queue', errorMessage: 'refused' }],
  ...more,
})

suite('A letter of a topic rule', () => {
  for (const [name, { sql, filter, queue }] of Object.entries(topicRules))
    test(`${name}: becomes what the rule would have handed on, whatever the payload`, () => {
      const rule = parseRule(sql, '2016-03-23')
      fc.assert(
        fc.property(fc.uint8Array(), fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/), (bytes, source) => {
          const topic = filter.replace('+', source)
          const payload = Buffer.from(bytes)
          const selected = rule.evaluate({
            topic,
            payload,
            clientId: 'dock',
            now: () => 0,
            newId: randomUUID,
          })
          const verdict = judge('RuleFailures', letterOf(failureOf(topic, payload)))
          assert(verdict.outcome === 'send')
          assert.equal(verdict.queue, queue)
          const { receivedAt, receiptId, ...rest } = Envelope.parse(JSON.parse(verdict.body))
          assert.deepEqual([receivedAt, receiptId], [sentAt, '7e146a2c-95b5-6caf-98b9-50e3969734c7'])
          // A payload that the rule's WHERE passes over has no letter.
          if (!selected) return
          const {
            receivedAt: _at,
            receiptId: _id,
            ...selection
          } = Envelope.parse(JSON.parse(selected.toString()))
          assert.deepEqual(rest, selection)
        }),
      )
    })

  const topic = 'thing/product/7CTDM/services_reply'

  test('says the same each time it is put back', () => {
    const letter = letterOf(failureOf(topic, Buffer.from('{}')))
    assert.deepEqual(judge('RuleFailures', letter), judge('RuleFailures', { ...letter }))
  })

  test('goes by its own id where IoT gave the message none', () => {
    const failure = failureOf(topic, Buffer.from('{}'), { cloudwatchTraceId: undefined, clientId: undefined })
    const verdict = judge('RuleFailures', letterOf(failure))
    assert(verdict.outcome === 'send')
    assert.partialDeepStrictEqual(JSON.parse(verdict.body), { receiptId: 'sqs-id', clientId: 'n/a' })
  })

  for (const [what, body] of [
    ['of a topic that is not ours', failureOf('thing/product/7CTDM/osd', Buffer.from('{}'))],
    ['of a deeper topic', failureOf(`${topic}/more`, Buffer.from('{}'))],
    ['without a payload', { topic }],
    ['that is a text', 'hello'],
  ] as const)
    test(`${what} stays`, () => assert.equal(judge('RuleFailures', letterOf(body)).outcome, 'keep'))

  test('that is not JSON stays', () =>
    assert.equal(judge('RuleFailures', { messageId: 'x', body: '{', sentAt }).outcome, 'keep'))
})

suite('A letter of a queue', () => {
  for (const name of Object.keys(queues))
    test(`${name}: goes back as it is`, () => {
      const from = failureQueues.find((queue) => queue === `${name}DeadLetters`)
      assert(from, `${name} has no dead letters that redrive knows`)
      const letter = letterOf({ any: 'thing' })
      assert.deepEqual(judge(from, letter), { outcome: 'send', queue: name, body: letter.body })
    })
})

test('What a dock was not answered is dropped: it asks again, and nothing waits for the answer', () => {
  assert.equal(judge('AnswerFailures', letterOf({})).outcome, 'drop')
  for (const topic of ['thing/product/7CTDM1/requests', 'sys/product/7CTDM1/status'])
    assert.equal(judge('RuleFailures', letterOf(failureOf(topic, Buffer.from('{}')))).outcome, 'drop')
})

test('A start of a sweep is dropped: it has been started since', () =>
  assert.equal(judge('EventFailures', letterOf({ 'detail-type': 'Scheduled Event' })).outcome, 'drop'))
