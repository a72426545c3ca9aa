import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  type DynamoDBDocumentClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Command } from '@smithy/core/client'
import * as z from 'zod/mini'
import { clientSettings, conflict, overload } from '../runtime/aws-client.ts'
import type { Backoff } from '../runtime/backoff.ts'
import { type Env, env as names, required } from '../runtime/env.ts'
import { defaultRetention, type Retention } from './schema.ts'

/** The table, as every store gets it. */
export type Table = { client: DynamoDBDocumentClient; name: string; retention: Retention }

/** Reasons for a canceled transaction that are transient, and the backoff of each. */
const transientReasons = new Map([
  ['TransactionConflict', conflict],
  ['ThrottlingError', overload],
  ['ProvisionedThroughputExceeded', overload],
])

/**
 * The backoff for a write that failed only because of concurrent writes or throttling. All reasons must be
 * transient; overload outweighs a conflict. The SDK does not retry these errors itself.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
const transientBackoff = (error: unknown): Backoff | undefined => {
  if (error instanceof TransactionConflictException) return conflict
  if (!(error instanceof TransactionCanceledException)) return undefined
  const codes = (error.CancellationReasons ?? []).flatMap(({ Code = 'None' }) =>
    Code === 'None' ? [] : Code,
  )
  const backoffs = codes.map((code) => transientReasons.get(code))
  if (backoffs.includes(undefined)) return undefined
  return backoffs.includes(overload) ? overload : backoffs[0]
}

/**
 * Middleware that costs time on each call and is of no use here: a logger without a log, the user-agent
 * header, and the guard against functions that invoke themselves through S3, SQS or SNS.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
const unusedSteps = ['loggerMiddleware', 'getUserAgentMiddleware', 'recursionDetectionMiddleware']

/** The middleware stack of a command, resolved into one function. */
type Steps = (call: { input: ServiceInputTypes }) => Promise<{ output: ServiceOutputTypes }>

/**
 * Resolves the middleware stack once for each kind of command instead of once for each call. The SDK's
 * `cacheMiddleware` does the same, but the document client does not support it. `super.send` resolves the
 * stack synchronously. Middleware that is added after the first call of a kind has no effect on that kind.
 */
class TableClient extends DynamoDBDocumentClient {
  private readonly kept = new Map<unknown, Steps>()
  private lastResolved: Steps | undefined

  constructor(client: DynamoDBClient) {
    super(client, { marshallOptions: { removeUndefinedValues: true } })
    this.middlewareStack.add(
      (next) => {
        this.lastResolved = next
        return next
      },
      { step: 'initialize', priority: 'high', name: 'keepSteps' },
    )
  }

  /** Ignores the options of a single call: no caller passes any. */
  override async send<In extends ServiceInputTypes, Out extends ServiceOutputTypes>(
    command: Command<In, Out, DynamoDBDocumentClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
    _options?: unknown,
  ): Promise<Out> {
    const steps = this.kept.get(command.constructor)
    if (steps) return (await steps({ input: command.input })).output as Out
    const first = super.send(command)
    if (this.lastResolved) this.kept.set(command.constructor, this.lastResolved)
    return first
  }
}

/** A DynamoDB client for the stores. `config` overrides the endpoint and region of the environment. */
export const openClient = (config: DynamoDBClientConfig = {}): DynamoDBDocumentClient => {
  const client = new DynamoDBClient({ ...clientSettings(transientBackoff), ...config })
  for (const step of unusedSteps) client.middlewareStack.remove(step)
  return new TableClient(client)
}

/** Days that records are kept. Functions that write nothing have no such variable, and need none. */
const RetentionDays = z.object({
  commands: z._default(z.number(), defaultRetention.commands),
  uploads: z._default(z.number(), defaultRetention.uploads),
  upgrades: z._default(z.number(), defaultRetention.upgrades),
  rejected: z._default(z.number(), defaultRetention.rejected),
})

/** Connects to the table that the environment names. */
export const connectTable = (env: Env): Table => ({
  client: openClient(),
  name: required(env, names.table)[names.table],
  retention: RetentionDays.parse(JSON.parse(env[names.retention] ?? '{}')),
})

/**
 * A conditional write whose condition did not hold. `item`: what it found, if the write asks for that with
 * `ReturnValuesOnConditionCheckFailure`; undefined otherwise, and if there was no item.
 */
export type Refused = { item: Record<string, unknown> | undefined }

/** Runs a conditional write. Resolves to `Refused` if its condition does not hold; any other error throws. */
export const unlessRefused = async <T>(write: Promise<T>): Promise<T | Refused> => {
  try {
    return await write
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return { item: error.Item ? unmarshall(error.Item) : undefined }
  }
}

export const isRefused = <T extends object>(outcome: T | Refused): outcome is Refused => 'item' in outcome

export type TransactionPart = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

/**
 * Writes the parts in one transaction. Resolves to undefined if it succeeds, else to the parts whose
 * conditions did not hold, by name, each with the item it found if it asks for that. Parts that are undefined
 * are skipped.
 */
export const writeTogether = async <Name extends string>(
  table: Table,
  named: Readonly<Record<Name, TransactionPart | undefined>>,
): Promise<Partial<Record<Name, Refused>> | undefined> => {
  const names = (Object.keys(named) as Name[]).filter((name) => named[name])
  const parts = names.flatMap((name) => named[name] ?? [])
  try {
    await table.client.send(new TransactWriteCommand({ TransactItems: parts }))
    return undefined
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const reasons = error.CancellationReasons ?? []
    const refused: Partial<Record<Name, Refused>> = {}
    for (const [index, name] of names.entries()) {
      const reason = reasons[index]
      if (reason?.Code !== 'ConditionalCheckFailed') continue
      refused[name] = { item: reason.Item ? unmarshall(reason.Item) : undefined }
    }
    if (Object.keys(refused).length === 0) throw error
    return refused
  }
}

/** The value of the time-to-live attribute, epoch seconds: `days` after `now`, which is in ms. */
export const expiry = (now: number, days: number): number => Math.ceil(now / 1000) + days * 86_400
