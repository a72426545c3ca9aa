/** Reads, which dynalite does whole. With a meter, the capacity they consume is asked for and taken out of the answer again. */
import * as z from 'zod'
import { type RawAnswer, readAnswer } from './engine.ts'
import type { ReceivedRequest, Store } from './writes.ts'

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
