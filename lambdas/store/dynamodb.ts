import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { type Env, env as names, required } from '../env.ts'
import { defaultRetention, type Retention } from './table.ts'

/** The table as the stores use it. */
export type Table = { client: DynamoDBDocumentClient; name: string; retention: Retention }

/** Connects to the table that the environment names; the SDK retries throttling and passing faults. */
export const connectTable = (env: Env): Table => ({
  client: DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  }),
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

/**
 * Writes all or nothing. Resolves to what each part's condition found where it did not hold (index of the part → old
 * item), or to undefined when all was written. A conflict with another transaction is tried again a few times:
 * DynamoDB cancels both (Developer Guide, "Transaction conflict handling"), and the SDK does not retry those.
 */
export const writeTogether = async (
  table: Table,
  parts: NonNullable<TransactWriteCommandInput['TransactItems']>,
): Promise<Map<number, Refused> | undefined> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await table.client.send(new TransactWriteCommand({ TransactItems: parts }))
      return undefined
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error
      const reasons = error.CancellationReasons ?? []
      const refused = reasons.flatMap((reason, index): [number, Refused][] =>
        reason.Code === 'ConditionalCheckFailed'
          ? [[index, { item: reason.Item ? unmarshall(reason.Item) : undefined }]]
          : [],
      )
      if (refused.length > 0) return new Map(refused)
      const conflict = reasons.some(({ Code }) => Code === 'TransactionConflict')
      if (!conflict || attempt === 4) throw error
      await new Promise((resolve) => setTimeout(resolve, 25 * attempt + Math.random() * 50))
    }
  }
}

/** Seconds of the epoch, days from `now`, for the time-to-live attribute. */
export const expiry = (now: number, days: number): number => Math.ceil(now / 1000) + days * 86_400
