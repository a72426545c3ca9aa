import * as z from 'zod'
import type { Call } from './cloud.ts'

const Queue = z.object({ QueueUrl: z.string() })
const Attributes = z.object({ Attributes: z.object({ QueueArn: z.string() }) })
const Messages = z.object({ Messages: z.array(z.object({ Body: z.string() })).default([]) })
const Told = z.object({
  source: z.literal('groundcrew'),
  detail: z.object({ id: z.string(), source: z.string(), type: z.string() }),
})

/**
 * A rule of one's own on the stack's bus with a queue behind it, as docs/events.md has it. Answers what it was
 * told so far, of these types.
 */
export const listenToBus = async (call: Call, bus: string, types: readonly string[]) => {
  const [QueueName, Rule] = ['listener', 'listener']
  const { QueueUrl } = await call('sqs', 'create_queue', { QueueName }, Queue)
  const asked = { QueueUrl, AttributeNames: ['QueueArn'] }
  const { QueueArn } = (await call('sqs', 'get_queue_attributes', asked, Attributes)).Attributes
  const statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } }
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ ...statement, Action: 'sqs:SendMessage', Resource: QueueArn }],
  })
  // What was read once does not come again while the stories run.
  const altered = { QueueUrl, Attributes: { Policy, VisibilityTimeout: '3600' } }
  await call('sqs', 'set_queue_attributes', altered, z.unknown())
  const EventPattern = JSON.stringify({ source: ['groundcrew'], 'detail-type': types })
  await call('events', 'put_rule', { Name: Rule, EventBusName: bus, EventPattern }, z.unknown())
  const targets = { Rule, EventBusName: bus, Targets: [{ Id: 'queue', Arn: QueueArn }] }
  await call('events', 'put_targets', targets, z.unknown())

  const told: z.infer<typeof Told>['detail'][] = []
  return async () => {
    const { Messages: more } = await call(
      'sqs',
      'receive_message',
      { QueueUrl, MaxNumberOfMessages: 10 },
      Messages,
    )
    told.push(...more.map(({ Body }) => Told.parse(JSON.parse(Body)).detail))
    return told
  }
}
