/**
 * TransactWriteItems, which dynalite lacks. A transaction holds the locks of all its items, and the caller keeps out
 * who reads more than these: parts run as ordinary writes, and if a condition fails every applied one is undone before anybody looks.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 *
 * With a journal, a crash in between is undone at the next start: the caller got no answer, so the transaction did not happen.
 */
import * as z from 'zod'
import { addUnits, consumedCapacity, totalUnits, type WriteUnits, writeUnits } from './capacity.ts'
import { createClientTokens } from './client-tokens.ts'
import type { Engine } from './engine.ts'
import { DynamoDbError, invalid } from './errors.ts'
import type { BeforeImage, Journal } from './journal.ts'
import { conflictReason, type Reason, transactionCanceled } from './ongoing.ts'
import { Item, keyOf, type Table } from './tables.ts'
import { keyText, readItem, Shown, type Store, type TableRooms } from './writes.ts'

const Part = z.looseObject({
  TableName: z.string(),
  Key: Item.optional(),
  Item: Item.optional(),
  ReturnValuesOnConditionCheckFailure: z.string().optional(),
})
const Write = z.object({
  TransactItems: z
    .array(
      z.object({
        Put: Part.optional(),
        Update: Part.optional(),
        Delete: Part.optional(),
        ConditionCheck: Part.optional(),
      }),
    )
    .min(1)
    .max(100),
  ClientRequestToken: z.string().min(1).max(36).optional(),
  ReturnConsumedCapacity: z.string().optional(),
})
/** A part as the ordinary operation that does it. A check is an update that changes nothing. */
const operations = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'UpdateItem',
}
const kinds = ['Put', 'Update', 'Delete', 'ConditionCheck'] as const

/** One part, and where its item is. */
type Step = {
  isCheck: boolean
  operation: string
  request: z.infer<typeof Part>
  table: Table
  key: Item
  returnsItem: boolean
}

/** A part with its item as it was before. */
type ReadStep = Step & { before: Item | undefined }

/** What became of a part: its reason, and the item as it left it; or the error that makes the whole request wrong. */
type Outcome = { reason: Reason; after: Item | undefined } | DynamoDbError

const toStep = (store: Store, item: z.infer<typeof Write>['TransactItems'][number]): Step => {
  const [kind, ...others] = kinds.filter((candidate) => item[candidate])
  const part = kind && item[kind]
  if (!part || others.length > 0)
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete')
  const { ReturnValuesOnConditionCheckFailure: returns, ...request } = part
  const table = store.table(part.TableName)
  return {
    isCheck: kind === 'ConditionCheck',
    operation: operations[kind],
    request,
    table,
    key: part.Key ?? keyOf(table, part.Item ?? {}),
    returnsItem: returns === 'ALL_OLD',
  }
}

/** What only the stored item makes wrong cancels the transaction; what is wrong by itself fails the request. */
const dependsOnItem = (message: string): boolean =>
  /operand in the update expression|document path provided|Item size/.test(message)

/** Runs a part. */
const apply = async (
  store: Store,
  { isCheck, operation, request, before, returnsItem }: ReadStep,
): Promise<Outcome> => {
  try {
    const shows = operation === 'UpdateItem' ? { ReturnValues: 'ALL_NEW' } : {}
    const answer = await store.engine.call(operation, { ...request, ...shows })
    const after = Shown.parse(answer).Attributes ?? request.Item
    return { reason: { Code: 'None' }, after: isCheck ? before : after }
  } catch (error) {
    if (!(error instanceof DynamoDbError) || error.status >= 500) throw error
    const refused = (Code: string): Outcome => ({
      reason: { Code, Message: error.message, ...(returnsItem && before ? { Item: before } : {}) },
      after: before,
    })
    if (error.code === 'ConditionalCheckFailedException') return refused('ConditionalCheckFailed')
    return dependsOnItem(error.message) ? refused('ValidationError') : error
  }
}

/** Puts an item back as it was; a repeat changes nothing. */
export const restoreItem = (engine: Engine, { tableName, key, before }: BeforeImage): Promise<unknown> =>
  before
    ? engine.call('PutItem', { TableName: tableName, Item: before })
    : engine.call('DeleteItem', { TableName: tableName, Key: key })

const undo = async (store: Store, steps: readonly ReadStep[]): Promise<void> => {
  await Promise.all(
    steps.map(({ table, key, before }) =>
      restoreItem(store.engine, { tableName: table.TableName, key, before }),
    ),
  )
}

/**
 * Runs every part, so that each has its reason, and undoes all of them unless all succeeded. Resolves to the items as they are then, or
 * to why nothing was done; throws only if the database itself fails.
 */
const run = async (
  store: Store,
  steps: readonly ReadStep[],
): Promise<(Item | undefined)[] | DynamoDbError> => {
  const outcomes = await Promise.all(steps.map((step) => apply(store, step)))
  const wrong = outcomes.find((outcome) => outcome instanceof DynamoDbError)
  const told = outcomes.flatMap((outcome) => (outcome instanceof DynamoDbError ? [] : [outcome]))
  const isDone = !wrong && told.every(({ reason }) => reason.Code === 'None')
  // A check of a missing item left an empty one behind.
  await undo(store, isDone ? steps.filter(({ isCheck, before }) => isCheck && !before) : steps)
  return isDone
    ? told.map(({ after }) => after)
    : (wrong ?? transactionCanceled(told.map(({ reason }) => reason)))
}

/** Units by table: a transaction consumes twice what its writes would, and a check counts as a write. */
const consumedBy = (
  steps: readonly ReadStep[],
  after: readonly (Item | undefined)[],
): Map<Table, WriteUnits> => {
  const consumed = new Map<Table, WriteUnits>()
  for (const [n, { table, before }] of steps.entries()) {
    const units = writeUnits(table, before, after[n])
    consumed.set(table, addUnits(consumed.get(table) ?? { table: 0, indexes: {} }, units, 2))
  }
  return consumed
}

const report = (store: Store, consumed: Map<Table, WriteUnits>, mode: string | undefined): object => {
  for (const [{ TableName: tableName }, { table: units }] of consumed)
    store.meter?.({ operation: 'TransactWriteItems', tableName, kind: 'write', units })
  if (mode !== 'TOTAL' && mode !== 'INDEXES') return {}
  return {
    ConsumedCapacity: [...consumed].map(([table, units]) => ({
      ...consumedCapacity(mode, table, units),
      WriteCapacityUnits: totalUnits(units),
    })),
  }
}

const inProgress = (): DynamoDbError =>
  new DynamoDbError(
    'TransactionInProgressException',
    'The transaction with the given request token is already in progress.',
  )

const readStep = async (store: Store, step: Step): Promise<ReadStep> => ({
  ...step,
  before: await readItem(store.engine, step.table.TableName, step.key),
})

/**
 * Makes TransactWriteItems. A repeat with the same client token succeeds and changes nothing; one that comes while the first is under way
 * is refused, as is a transaction with an item of one under way.
 */
export const createTransactWrite = (
  { store, rooms }: { store: Store; rooms: TableRooms },
  journal: Journal,
  now: () => number,
) => {
  const tokens = createClientTokens(now)
  return async (input: unknown): Promise<object> => {
    const request = Write.safeParse(input)
    if (!request.success) throw invalid(z.prettifyError(request.error))
    const { TransactItems, ClientRequestToken: token, ReturnConsumedCapacity: mode } = request.data
    const parts = TransactItems.map((item) => toStep(store, item))
    const keys = parts.map(({ table, key }) => keyText(table, key))
    if (new Set(keys).size < keys.length)
      throw invalid('Transaction request cannot include multiple operations on one item')
    const transact = async (): Promise<object> => {
      const steps = await Promise.all(parts.map((part) => readStep(store, part)))
      const images = steps.map(({ table, key, before }) => ({ tableName: table.TableName, key, before }))
      const after = await journal.guard(images, () => run(store, steps))
      if (after instanceof DynamoDbError) throw after
      if (token !== undefined) tokens.remember(token, TransactItems)
      const measured = store.meter !== undefined || mode !== undefined
      return measured ? report(store, consumedBy(steps, after), mode) : {}
    }
    const { ongoing } = store
    const tokenKeys = token === undefined ? [] : [`token ${token}`]
    if (tokenKeys.some(ongoing.isHeld)) throw inProgress()
    if (token !== undefined && tokens.isRepeat(token, TransactItems)) return {}
    if (keys.some(ongoing.isHeld)) throw transactionCanceled(keys.map((key) => conflictReason(ongoing, key)))
    const giveBack = ongoing.take([...keys, ...tokenKeys])
    try {
      // Writes that were under way before are let through.
      return await rooms.enter('transactions', () => store.keys.hold(keys, transact))
    } finally {
      giveBack()
    }
  }
}
