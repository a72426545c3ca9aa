import type { Clock } from '../clock.ts'
import type { Resources } from '../declared.ts'
import type { StreamAccess } from '../dynamodb/stream-access.ts'
import type { Functions, OpenFunction } from '../functions/open-functions.ts'
import { authorize } from '../iam/authorize.ts'
import type { QueueAccess } from '../queues/queue-access.ts'
import { sendOrLose } from '../queues/send-or-lose.ts'
import { readStreamMappings } from './from-template.ts'
import { readShard } from './stream-mapping.ts'

type Needs = {
  streams: StreamAccess
  queues: QueueAccess
  functions: Functions
  clock: Clock
  region: string
  warn: (line: string) => void
  redeliverAfterSeconds?: number | undefined
}

/**
 * The permissions that Lambda needs to read a stream for a function.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
const readActions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams']

/** Lambda polls each shard four times a second. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const pollMs = 250

const check = (
  to: OpenFunction,
  streamArn: string,
  destinationArn: string | undefined,
  needs: Needs,
): void => {
  for (const name of readActions) {
    const decision = authorize(to.session, {
      action: `dynamodb:${name}`,
      resource: streamArn,
    })
    if (decision.outcome === 'denied') throw new Error(decision.message)
  }
  if (destinationArn !== undefined) needs.queues.check(to.session, ['sqs:SendMessage'], destinationArn)
}

type Declared = ReturnType<typeof readStreamMappings>[number]

const open = (mapping: Declared, needs: Needs) => {
  const { name, streamArn, functionName, destinationArn, settings } = mapping
  const { streams, queues, clock, region, warn, redeliverAfterSeconds } = needs
  const to = needs.functions.find(functionName)
  const stream = streams.find(streamArn)
  if (!stream) throw new Error(`${streamArn} is no stream of the template`)
  check(to, streamArn, destinationArn, needs)
  const shards = stream.shards.map((shard) =>
    readShard(shard, settings, {
      stream,
      clock,
      region,
      invoke: to.invoke,
      functionArn: to.settings.arn,
      retryAfterSeconds: redeliverAfterSeconds,
      giveUp: (letter) => {
        warn(`${to.settings.name}: records of the stream are given up: ${JSON.stringify(letter)}`)
        if (destinationArn === undefined) return
        const text = JSON.stringify(letter)
        sendOrLose(() => queues.sendAsRole(to.session, destinationArn, text), warn)
      },
      checkpoint: ({ id }) => streams.checkpoint(`${name}/${id}`),
      keepCheckpoint: ({ id }, after) => streams.keepCheckpoint(`${name}/${id}`, after),
    }),
  )
  let cancelPoll: (() => void) | undefined
  const poll = (): void => {
    cancelPoll = undefined
    for (const shard of shards) shard.run()
  }
  streams.onWrite(() => {
    for (const shard of shards) shard.mark()
    cancelPoll ??= clock.after(pollMs, poll)
  })
  // For records that an earlier run left.
  poll()
  return {
    atRest: (): boolean => shards.every((shard) => shard.atRest()),
    /** Resolves when nothing is unread; does not wait for retries. */
    rest: async (): Promise<void> => void (await Promise.all(shards.map((shard) => shard.rest()))),
    /** Stops reading; batches in flight come again after a restart. */
    stop: (): void => {
      cancelPoll?.()
      for (const shard of shards) shard.stop()
    },
  }
}

/**
 * Starts the template's event source mappings of streams. @throws Error that names the mapping whose function
 * may not read its stream, or not send to its failure destination.
 */
export const startStreamMappings = (resources: Resources, needs: Needs) =>
  readStreamMappings(resources).map((mapping) => {
    try {
      return open(mapping, needs)
    } catch (error) {
      throw new Error(
        `${mapping.logicalId} (AWS::Lambda::EventSourceMapping): ${error instanceof Error ? error.message : error}`,
      )
    }
  })
