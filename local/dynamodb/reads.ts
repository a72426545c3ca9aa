/** Reads. With a meter, the capacity that dynalite says they consume is asked for and taken out of the answer again. */
import * as z from 'zod'
import { type RawAnswer, readAnswer } from './engine.ts'
import { invalid } from './errors.ts'
import { conflictReason, transactionCanceled } from './ongoing.ts'
import { Item } from './tables.ts'
import { keyText, type ReceivedRequest, type Store } from './writes.ts'

/** The reads that consume capacity; the others describe tables. */
const metered = ['GetItem', 'Query', 'Scan', 'BatchGetItem']

const Input = z.looseObject({ ReturnConsumedCapacity: z.string().optional() })
const Capacity = z.object({ TableName: z.string(), CapacityUnits: z.number() })
const Output = z.looseObject({ ConsumedCapacity: z.union([Capacity, z.array(Capacity)]).optional() })

/** Sends a read and tells the meter, if there is one. */
export const sendRead = async (
  store: Store,
  operation: string,
  { text, input: received }: ReceivedRequest,
): Promise<RawAnswer> => {
  if (!store.meter || !metered.includes(operation)) return store.engine.send(operation, text)
  const input = Input.parse(received)
  const asked = input.ReturnConsumedCapacity ?? 'NONE'
  const ReturnConsumedCapacity = asked === 'NONE' ? 'TOTAL' : asked
  const body = readAnswer(
    await store.engine.send(operation, JSON.stringify({ ...input, ReturnConsumedCapacity })),
  )
  const { ConsumedCapacity } = Output.parse(body)
  for (const { TableName: tableName, CapacityUnits: units } of [ConsumedCapacity ?? []].flat())
    store.meter({ operation, tableName, kind: 'read', units })
  if (asked === 'NONE') delete body.ConsumedCapacity
  return { status: 200, text: JSON.stringify(body) }
}

const One = z.object({ TableName: z.string(), Key: Item })

/** Reads one item, and never what a transaction may still undo. */
export const getItem = (store: Store, request: ReceivedRequest): Promise<RawAnswer> => {
  const { TableName, Key } = One.parse(request.input)
  return store.keys.hold([keyText(store.table(TableName), Key)], () => sendRead(store, 'GetItem', request))
}

const Several = z.object({
  TransactItems: z
    .array(z.object({ Get: z.looseObject({ TableName: z.string(), Key: Item }) }))
    .min(1)
    .max(100),
})

/** TransactGetItems: the items as they are at one moment, unless one of them is in a transaction. */
export const transactGet = async (store: Store, input: unknown): Promise<object> => {
  const request = Several.safeParse(input)
  if (!request.success) throw invalid(z.prettifyError(request.error))
  const gets = request.data.TransactItems.map(({ Get: get }) => get)
  const keys = gets.map(({ TableName, Key }) => keyText(store.table(TableName), Key))
  if (keys.some(store.ongoing.isHeld))
    throw transactionCanceled(keys.map((key) => conflictReason(store.ongoing, key)))
  return store.keys.hold(keys, async () => ({
    Responses: await Promise.all(
      gets.map((get) => store.engine.call('GetItem', { ...get, ConsistentRead: true })),
    ),
  }))
}
