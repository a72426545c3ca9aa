/**
 * TransactWriteItems and TransactGetItems, which dynalite lacks. The caller holds the exclusive lock: parts run as ordinary writes, and
 * if a condition fails every applied one is undone before anybody looks.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 *
 * With a journal, a crash in between is undone at the next start: the caller got no answer, so the transaction did not happen.
 */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { addUnits, consumedCapacity, totalUnits, type WriteUnits, writeUnits } from './capacity.ts'
import type { Engine } from './engine.ts'
import { DynamoDbError, invalid } from './errors.ts'
import type { BeforeImage, Journal } from './journal.ts'
import { Item, keyOf, type Table } from './tables.ts'
import { keyText, readItem, type Store } from './writes.ts'

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
const Get = z.object({
  TransactItems: z
    .array(z.object({ Get: z.looseObject({ TableName: z.string(), Key: Item }) }))
    .min(1)
    .max(100),
})

/** A part as the ordinary operation that does it. A check is an update that changes nothing. */
const operations = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'UpdateItem',
}
const kinds = ['Put', 'Update', 'Delete', 'ConditionCheck'] as const

/** One part with its item as it was before. */
type Step = {
  isCheck: boolean
  operation: string
  request: object
  table: Table
  key: Item
  before: Item | undefined
  returnsItem: boolean
}

type Reason = { Code: string; Message?: string; Item?: Item }

const toStep = async (store: Store, item: z.infer<typeof Write>['TransactItems'][number]): Promise<Step> => {
  const [kind, ...others] = kinds.filter((candidate) => item[candidate])
  const part = kind && item[kind]
  if (!part || others.length > 0)
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete')
  const { ReturnValuesOnConditionCheckFailure: returns, ...request } = part
  const table = store.table(part.TableName)
  const key = part.Key ?? keyOf(table, part.Item ?? {})
  const before = await readItem(store.engine, table.TableName, key)
  return {
    isCheck: kind === 'ConditionCheck',
    operation: operations[kind],
    request,
    table,
    key,
    before,
    returnsItem: returns === 'ALL_OLD',
  }
}

/** What only the stored item makes wrong cancels the transaction; what is wrong by itself fails the request. */
const dependsOnItem = (message: string): boolean =>
  /operand in the update expression|document path provided|Item size/.test(message)

/** Runs a part. Returns its reason, or the error that makes the whole request wrong. */
const apply = async (
  store: Store,
  { operation, request, before, returnsItem }: Step,
): Promise<Reason | DynamoDbError> => {
  try {
    await store.engine.call(operation, request)
    return { Code: 'None' }
  } catch (error) {
    if (!(error instanceof DynamoDbError) || error.status >= 500) throw error
    const Item = returnsItem && before ? { Item: before } : {}
    if (error.code === 'ConditionalCheckFailedException')
      return { Code: 'ConditionalCheckFailed', Message: error.message, ...Item }
    return dependsOnItem(error.message) ? { Code: 'ValidationError', Message: error.message } : error
  }
}

/** Puts an item back as it was; a repeat changes nothing. */
export const restoreItem = (engine: Engine, { tableName, key, before }: BeforeImage): Promise<unknown> =>
  before
    ? engine.call('PutItem', { TableName: tableName, Item: before })
    : engine.call('DeleteItem', { TableName: tableName, Key: key })

const undo = async (store: Store, steps: readonly Step[]): Promise<void> => {
  for (const { table, key, before } of steps)
    await restoreItem(store.engine, { tableName: table.TableName, key, before })
}

const canceled = (reasons: readonly Reason[]): DynamoDbError => {
  const codes = reasons.map(({ Code }) => Code).join(', ')
  return new DynamoDbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { fields: { CancellationReasons: reasons } },
  )
}

/**
 * Runs every part, so that each has its reason, and undoes all of them unless all succeeded. Returns why nothing was done, if so; throws
 * only if the database itself fails.
 */
const run = async (store: Store, steps: readonly Step[]): Promise<DynamoDbError | undefined> => {
  const reasons: Reason[] = []
  for (const step of steps) {
    const outcome = await apply(store, step)
    if (outcome instanceof DynamoDbError) {
      await undo(store, steps)
      return outcome
    }
    reasons.push(outcome)
  }
  const done = reasons.every(({ Code }) => Code === 'None')
  // A check of a missing item left an empty one behind.
  await undo(store, done ? steps.filter(({ isCheck, before }) => isCheck && !before) : steps)
  return done ? undefined : canceled(reasons)
}

/** Units by table: a transaction consumes twice what its writes would, and a check counts as a write. */
const consumedBy = async (store: Store, steps: readonly Step[]): Promise<Map<Table, WriteUnits>> => {
  const consumed = new Map<Table, WriteUnits>()
  for (const { table, key, before } of steps) {
    const units = writeUnits(table, before, await readItem(store.engine, table.TableName, key))
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

/** Remembers which tokens were used for which request, for DynamoDB's ten minutes. */
const createTokens = (now: () => number) => {
  const used = new Map<string, { hash: string; at: number }>()
  const hashOf = (items: unknown): string => createHash('sha256').update(JSON.stringify(items)).digest('hex')
  return {
    /** Whether this very request was done already. Throws if the token was used for another one. */
    isRepeat: (token: string, items: unknown): boolean => {
      for (const [known, { at }] of used) if (at + 600_000 <= now()) used.delete(known)
      const found = used.get(token)
      if (found && found.hash !== hashOf(items))
        throw new DynamoDbError(
          'IdempotentParameterMismatchException',
          'The request uses the same client token as a previous, but non-identical request',
        )
      return found !== undefined
    },
    remember: (token: string, items: unknown): void =>
      void used.set(token, { hash: hashOf(items), at: now() }),
  }
}

/** Makes TransactWriteItems. A repeat with the same client token succeeds and changes nothing. */
export const createTransactWrite = (store: Store, journal: Journal, now: () => number) => {
  const tokens = createTokens(now)
  return async (input: unknown): Promise<object> => {
    const request = Write.safeParse(input)
    if (!request.success) throw invalid(z.prettifyError(request.error))
    const { TransactItems, ClientRequestToken: token, ReturnConsumedCapacity: mode } = request.data
    if (token !== undefined && tokens.isRepeat(token, TransactItems)) return {}
    const steps = await Promise.all(TransactItems.map((item) => toStep(store, item)))
    if (new Set(steps.map(({ table, key }) => keyText(table, key))).size < steps.length)
      throw invalid('Transaction request cannot include multiple operations on one item')
    const refusal = await journal.guard(
      steps.map(({ table, key, before }) => ({ tableName: table.TableName, key, before })),
      () => run(store, steps),
    )
    if (refusal) throw refusal
    if (token !== undefined) tokens.remember(token, TransactItems)
    const measured = store.meter !== undefined || mode !== undefined
    return measured ? report(store, await consumedBy(store, steps), mode) : {}
  }
}

/** TransactGetItems: the items as they are at one moment. */
export const transactGet = async (store: Store, input: unknown): Promise<object> => {
  const request = Get.safeParse(input)
  if (!request.success) throw invalid(z.prettifyError(request.error))
  const Responses = await Promise.all(
    request.data.TransactItems.map(async ({ Get: get }) =>
      store.engine.call('GetItem', { ...get, ConsistentRead: true }),
    ),
  )
  return { Responses }
}
