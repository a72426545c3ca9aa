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
import { type Env, env as names, required } from '../env.ts'
import { clientSettings, conflict, overload } from '../runtime/aws-client.ts'
import type { Backoff } from '../runtime/backoff.ts'
import { defaultRetention, type Retention } from './schema.ts'

/** The table as the stores use it. */
export type Table = { client: DynamoDBDocumentClient; name: string; retention: Retention }

/** What cancels a transaction and passes by itself. */
const passingReasons = new Map([
  ['TransactionConflict', conflict],
  ['ThrottlingError', overload],
  ['ProvisionedThroughputExceeded', overload],
])

/**
 * How to wait where a write was refused only because of others at the same moment; the SDK does not try these
 * again.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
const passing = (error: unknown): Backoff | undefined => {
  if (error instanceof TransactionConflictException) return conflict
  if (!(error instanceof TransactionCanceledException)) return undefined
  const codes = (error.CancellationReasons ?? []).flatMap(({ Code = 'None' }) =>
    Code === 'None' ? [] : Code,
  )
  const waits = codes.map((code) => passingReasons.get(code))
  return waits.includes(undefined) ? undefined : waits.includes(overload) ? overload : waits[0]
}

/**
 * Steps of each call that do nothing for us: one prepares the line of a log that is not written, one puts a text
 * about the SDK into a header, one guards against functions that start themselves through S3, SQS or SNS.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
const unusedSteps = ['loggerMiddleware', 'getUserAgentMiddleware', 'recursionDetectionMiddleware']

/** The steps of a call, from its input to its output. */
type Steps = (call: { input: ServiceInputTypes }) => Promise<{ output: ServiceOutputTypes }>

/**
 * Puts the steps together once for each kind of command and not for each call, as the SDK's `cacheMiddleware` does, which the
 * document client refuses. A step that is added to `middlewareStack` after the first call of a kind has no part in it.
 */
class TableClient extends DynamoDBDocumentClient {
  private readonly kept = new Map<unknown, Steps>()
  private newest: Steps | undefined

  constructor(client: DynamoDBClient) {
    super(client, { marshallOptions: { removeUndefinedValues: true } })
    this.middlewareStack.add(
      (next) => {
        this.newest = next
        return next
      },
      { step: 'initialize', priority: 'high', name: 'keepSteps' },
    )
  }

  /** Options of a single call are not looked at; none is given any. */
  override async send<In extends ServiceInputTypes, Out extends ServiceOutputTypes>(
    command: Command<In, Out, DynamoDBDocumentClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
    _options?: unknown,
  ): Promise<Out> {
    const steps = this.kept.get(command.constructor)
    if (steps) return (await steps({ input: command.input })).output as Out
    const first = super.send(command)
    if (this.newest) this.kept.set(command.constructor, this.newest)
    return first
  }
}

/**
 * A client of DynamoDB as the stores need it. `config` says where it is, if not where the environment says.
 */
export const openClient = (config: DynamoDBClientConfig = {}): DynamoDBDocumentClient => {
  const client = new DynamoDBClient({ ...clientSettings(passing), ...config })
  for (const step of unusedSteps) client.middlewareStack.remove(step)
  return new TableClient(client)
}

/** Connects to the table that the environment names. */
export const connectTable = (env: Env): Table => ({
  client: openClient(),
  name: required(env, names.table)[names.table],
  retention: { ...defaultRetention, ...JSON.parse(env[names.retention] ?? '{}') },
})

/** What a conditional write found when its condition did not hold; undefined item: there was none. */
export type Refused = { item: Record<string, unknown> | undefined }

/** Runs a conditional write; a condition that does not hold is an outcome, anything else throws. */
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
 * Writes all or nothing. Resolves to what the conditions found that did not hold, by the names of their
 * parts; undefined: all was written. A part that is undefined is none.
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

/** Seconds of the epoch, days from `now`, for the time-to-live attribute. */
export const expiry = (now: number, days: number): number => Math.ceil(now / 1000) + days * 86_400
