import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { createClock } from '../../../local/clock.ts'
import { createPrincipals } from '../../../local/iam/principals.ts'
import { operatorEnvironment, operatorRole } from '../../../local/operator.ts'
import { openMessageStore } from '../../../local/queues/message-store.ts'
import { openQueue } from '../../../local/queues/queue.ts'
import { createQueueAccess } from '../../../local/queues/queue-access.ts'
import { createSqsApi } from '../../../local/queues/sqs-api.ts'
import { listen } from '../../../local/servers.ts'
import { serviceAccess } from '../../../local/service-access.ts'

const region = 'eu-central-1'
const functionRole = { ...operatorRole, arn: 'arn:aws:iam::000000000000:role/fn', name: 'fn', policies: [] }

/** Two queues behind the API, and clients that sign as the operator and as a function without rights. */
const api = async (t: TestContext) => {
  const clock = createClock()
  const store = openMessageStore()
  const open = (name: string, redrive?: { arn: string; maxReceiveCount: number }) =>
    openQueue(
      {
        name,
        arn: `arn:aws:sqs:${region}:000000000000:${name}`,
        visibilitySeconds: 30,
        delaySeconds: 0,
        retentionSeconds: 1000,
        maximumBytes: 100,
        ...(redrive ? { redrive } : {}),
        url: `https://sqs.${region}.amazonaws.com/000000000000/${name}`,
      },
      { store, clock },
    )
  const dead = open('stack-dead')
  const work = open('stack-work', { arn: dead.settings.arn, maxReceiveCount: 5 })
  const roles = [operatorRole, functionRole]
  const principals = createPrincipals({ roles, secret: 'secret', now: clock.now })
  const queues = createQueueAccess({ queues: [work, dead], policies: new Map() })
  const server = await listen(createSqsApi({ queues, ...serviceAccess(principals, 'sqs', () => {}) }))
  const {
    AWS_ACCESS_KEY_ID = '',
    AWS_SECRET_ACCESS_KEY = '',
    AWS_SESSION_TOKEN = '',
  } = await operatorEnvironment(principals, {
    stackName: 'stack',
    region,
    endpoints: {},
    addresses: { API: '', MQTT: '', EDGE: '', DOCK: '' },
  })
  const session = { sessionName: 'fn', durationSeconds: 900 }
  const { credentials: ofFunction } = await principals.issue(functionRole.arn, session)
  const client = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string }) => {
    const made = new SQSClient({
      region,
      credentials,
      endpoint: server.url,
      useQueueUrlAsEndpoint: false,
      maxAttempts: 1,
    })
    t.after(() => made.destroy())
    return made
  }
  const operator = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  }
  t.after(async () => {
    await server.close()
    work.close()
    dead.close()
    store.close()
  })
  return {
    clock,
    work,
    dead,
    sqs: client(operator),
    fn: client(ofFunction),
    forged: client({ ...operator, secretAccessKey: 'guessed' }),
    QueueUrl: work.settings.url,
  }
}

test('a message is sent, received, hidden, shown again and deleted', async (t) => {
  const { sqs, QueueUrl, work } = await api(t)
  const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))
  const receive = () =>
    sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 600,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    )
  const { Messages: [message] = [] } = await receive()
  assert.deepEqual([message?.Body, message?.MessageId], ['hello', MessageId])
  assert.ok(Math.abs(Number(message?.Attributes?.SentTimestamp) - Date.now()) < 60_000)
  assert.equal(message?.Attributes?.ApproximateReceiveCount, undefined)
  assert.deepEqual((await receive()).Messages ?? [], [])
  await sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl,
      ReceiptHandle: message?.ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  )
  const { Messages: [again] = [] } = await receive()
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }))
  assert.deepEqual(work.peek(), [])
})

test('a receive hides for as long as it asks', async (t) => {
  const { sqs, QueueUrl, clock, work } = await api(t)
  work.send('hello')
  await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }))
  clock.advance(599_000)
  assert.equal(work.visible(), 0)
  clock.advance(1_000)
  assert.equal(work.visible(), 1)
})

test('a queue is found by name and by prefix, and reports its attributes', async (t) => {
  const { sqs, QueueUrl, work, dead } = await api(t)
  work.send('one')
  work.send('two')
  work.receive(1)
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  assert.partialDeepStrictEqual(Attributes, {
    QueueArn: work.settings.arn,
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.settings.arn, maxReceiveCount: 5 }),
  })
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'stack-d' }))
  assert.deepEqual(QueueUrls, [dead.settings.url])
  const found = await sqs.send(new GetQueueUrlCommand({ QueueName: 'stack-work' }))
  assert.equal(found.QueueUrl, QueueUrl)
})

test('a purge leaves nothing, hidden or not, and other queues alone', async (t) => {
  const { sqs, QueueUrl, work, dead } = await api(t)
  work.send('one')
  work.send('two')
  work.receive(1)
  dead.send('three')
  await sqs.send(new PurgeQueueCommand({ QueueUrl }))
  assert.deepEqual(work.peek(), [])
  assert.equal(dead.peek().length, 1)
})

test('what is wrong is refused by the name that SQS gives it', async (t) => {
  const { sqs, fn, forged, QueueUrl, work } = await api(t)
  const refused = (sending: Promise<unknown>, name: string) => assert.rejects(sending, { name })
  const unknown = `${QueueUrl}-none`
  await refused(sqs.send(new ReceiveMessageCommand({ QueueUrl: unknown })), 'QueueDoesNotExist')
  await refused(sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })), 'QueueDoesNotExist')
  const tooMany = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 })
  await refused(sqs.send(tooMany), 'InvalidParameterValue')
  const delayed = new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 1 })
  await refused(sqs.send(delayed), 'InvalidParameterValue')
  const long = new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(101) })
  await refused(sqs.send(long), 'InvalidParameterValue')
  await refused(fn.send(new ListQueuesCommand({})), 'AccessDeniedException')
  await refused(fn.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })), 'AccessDeniedException')
  await refused(forged.send(new ListQueuesCommand({})), 'InvalidSignatureException')
  assert.deepEqual(work.peek(), [])
})
