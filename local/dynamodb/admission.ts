/**
 * Decides which requests reach the database. It refuses requests that conflict with a transaction in flight,
 * and repeats of one. A transaction is in flight from its request to its answer.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
import * as z from 'zod'
import { type Entry, entriesOf, requestItems, WriteBatch } from './batch-requests.ts'
import { createClientTokens } from './client-tokens.ts'
import { type Conflicts, conflictCanceled, writeRefused } from './conflicts.ts'
import { type Engine, type RawAnswer, readAnswer } from './engine.ts'
import { DynamoDbError } from './errors.ts'
import { Item, keyOf, keyText, type Table } from './tables.ts'
import { stepsOf, TransactWrite } from './transact-items.ts'

/** A request: its text, and the text parsed. */
export type ReceivedRequest = { text: string; input: unknown }
export type Execute = (operation: string, request: ReceivedRequest) => Promise<RawAnswer>

type Needs = {
  engine: Engine
  conflicts: Conflicts
  /** Throws ResourceNotFoundException. */
  tableOf: (name: string) => Table
  /** Epoch milliseconds. */
  now: () => number
}

const Write = z.looseObject({ TableName: z.string(), Key: Item.optional(), Item: Item.optional() })

const respond = (body: object): RawAnswer => ({ status: 200, text: JSON.stringify(body) })

const inProgress = (): DynamoDbError =>
  new DynamoDbError(
    'TransactionInProgressException',
    'The transaction with the given request token is already in progress.',
  )

const nameOf = ({ table, key }: { table: Table; key: Item }): string => keyText(table, key)

const writeItem = ({ engine, conflicts, tableOf }: Needs): Execute => {
  return async (operation, { text, input }) => {
    const write = Write.parse(input)
    const table = tableOf(write.TableName)
    const key = keyText(table, write.Key ?? keyOf(table, write.Item ?? {}))
    if (conflicts.isHeld(key)) throw writeRefused()
    return engine.send(operation, text)
  }
}

const Unprocessed = z.looseObject({ UnprocessedItems: WriteBatch.shape.RequestItems })

/** Items in a transaction are left for the caller to retry, like throttled ones. */
const writeBatch = ({ engine, conflicts, tableOf }: Needs): Execute => {
  return async (operation, { text, input }) => {
    const batch = WriteBatch.parse(input)
    const entries = entriesOf(batch.RequestItems, tableOf)
    const isHeld = (entry: Entry): boolean => conflicts.isHeld(nameOf(entry))
    const [held, free] = [entries.filter(isHeld), entries.filter((entry) => !isHeld(entry))]
    if (held.length === 0) return engine.send(operation, text)
    if (free.length === 0) return respond({ UnprocessedItems: batch.RequestItems })
    const rest = JSON.stringify({ ...batch, RequestItems: requestItems(free) })
    const answer = await engine.send(operation, rest)
    if (answer.status !== 200) return answer
    const body = Unprocessed.parse(readAnswer(answer))
    const left = entriesOf(body.UnprocessedItems, tableOf)
    return respond({ ...body, UnprocessedItems: requestItems([...left, ...held]) })
  }
}

/**
 * A repeat with the same client token succeeds and changes nothing; a repeat while the first is in flight is
 * refused.
 */
const transactWrite = ({ engine, conflicts, tableOf, now }: Needs): Execute => {
  const tokens = createClientTokens(now)
  return async (operation, { text, input }) => {
    const keys = stepsOf(input, tableOf).map(nameOf)
    const { TransactItems, ClientRequestToken: token } = TransactWrite.parse(input)
    const tokenKeys = token === undefined ? [] : [`token ${token}`]
    if (tokenKeys.some(conflicts.isHeld)) throw inProgress()
    if (token !== undefined && tokens.isRepeat(token, TransactItems)) return respond({})
    if (keys.some(conflicts.isHeld)) throw conflictCanceled(keys.map(conflicts.isHeld))
    const end = conflicts.hold([...keys, ...tokenKeys])
    try {
      const answer = await engine.send(operation, text)
      if (token !== undefined && answer.status === 200) tokens.remember(token, TransactItems)
      return answer
    } finally {
      end()
    }
  }
}

export const createAdmission = (needs: Needs): Execute => {
  const item = writeItem(needs)
  const own: Readonly<Record<string, Execute>> = {
    PutItem: item,
    UpdateItem: item,
    DeleteItem: item,
    BatchWriteItem: writeBatch(needs),
    TransactWriteItems: transactWrite(needs),
  }
  return (operation, request) =>
    own[operation]?.(operation, request) ?? needs.engine.send(operation, request.text)
}
