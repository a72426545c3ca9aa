/** The parts of a TransactWriteItems request. */
import * as z from 'zod'
import { invalid } from './errors.ts'
import { Item, keyOf, keyText, type Table } from './tables.ts'

const Part = z.looseObject({
  TableName: z.string(),
  Key: Item.optional(),
  Item: Item.optional(),
  ReturnValuesOnConditionCheckFailure: z.string().optional(),
})
type Part = z.infer<typeof Part>

export const TransactWrite = z.looseObject({
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
})

/** The single-item operation for each kind of part. A check is an update that changes nothing. */
const operations = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'UpdateItem',
}
const kinds = ['Put', 'Update', 'Delete', 'ConditionCheck'] as const

/** One part, and the key of its item. */
export type Step = { isCheck: boolean; operation: string; request: Part; table: Table; key: Item }

/** The parts of a request. @throws DynamoDbError for a duplicate item or an invalid part. */
export const stepsOf = (input: unknown, tableOf: (name: string) => Table): Step[] => {
  const request = TransactWrite.safeParse(input)
  if (!request.success) throw invalid(z.prettifyError(request.error))
  const steps = request.data.TransactItems.map((item) => {
    const [kind, ...others] = kinds.filter((candidate) => item[candidate])
    const part = kind && item[kind]
    if (!part || others.length > 0)
      throw invalid('TransactItems can only contain one of Check, Put, Update or Delete')
    const table = tableOf(part.TableName)
    const key = part.Key ?? keyOf(table, part.Item ?? {})
    return { isCheck: kind === 'ConditionCheck', operation: operations[kind], request: part, table, key }
  })
  const keys = steps.map(({ table, key }) => keyText(table, key))
  if (new Set(keys).size < keys.length)
    throw invalid('Transaction request cannot include multiple operations on one item')
  return steps
}
