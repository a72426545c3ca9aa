import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { connectBus } from '../../events/bus.ts'
import { publishChanges } from '../../events/publish-changes.ts'
import { changeSources } from '../../events/sources.ts'
import { clientSettings } from '../../runtime/aws-client.ts'
import { type Env, env as names, required } from '../../runtime/env.ts'
import { counting } from '../../runtime/telemetry.ts'
import { type Invocation, inTime } from '../../runtime/time-left.ts'
import { connectTable } from '../../table/client.ts'
import { readAll } from '../../table/pages.ts'

const wire = (env: Env) => {
  const table = connectTable(env)
  const given = required(env, names.eventSource, names.eventFailures)
  const failures = new SQSClient(clientSettings())
  return publishChanges({
    sources: changeSources,
    source: given[names.eventSource],
    read: (keys) => readAll(table, keys, true),
    put: connectBus(env),
    putAside: async (record) => {
      const QueueUrl = given[names.eventFailures]
      await failures.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ record }) }))
    },
  })
}

let publish: ReturnType<typeof wire> | undefined

export const handler = async (
  { Records }: DynamoDBStreamEvent,
  invocation?: Invocation,
): Promise<DynamoDBBatchResponse> => {
  publish ??= wire(process.env)
  const work = publish
  const failed = await inTime(invocation, () => counting(() => work(Records)))
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
}
