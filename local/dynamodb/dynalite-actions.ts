/** Runs dynalite's checks and actions for one request, on any given store. */
import { createRequire } from 'node:module'
import validations from 'dynalite/validations/index.js'
import * as z from 'zod'
import type { DynaliteStore } from './dynalite-store.ts'
import { DynamoDbError } from './errors.ts'

/** A checked request, with its expressions parsed. */
export type Data = Record<string, unknown>
export type Result = Record<string, unknown>

export type Validations = {
  checkTypes(input: object, types: object): Data
  checkValidations(data: Data, types: object, custom: unknown, store: object): void
}

type Action = (store: DynaliteStore, data: Data, done: (error: unknown, result?: Result) => void) => void
type Operation = { action: Action; types: object; custom: unknown }

const require = createRequire(import.meta.url)

const load = (operation: string): Operation => {
  const name = operation.charAt(0).toLowerCase() + operation.slice(1)
  const action: Action = require(`dynalite/actions/${name}.js`)
  const { types, custom }: Omit<Operation, 'action'> = require(`dynalite/validations/${name}.js`)
  return { action, types, custom }
}

const names = [
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchGetItem',
  'BatchWriteItem',
  'Query',
  'Scan',
  'CreateTable',
  'DescribeTable',
  'ListTables',
]
const operations = new Map(names.map((name) => [name, load(name)]))

const found = (name: string): Operation => {
  const operation = operations.get(name)
  if (operation) return operation
  throw new DynamoDbError('UnknownOperationException', `${name} is not emulated`, {
    namespace: 'com.amazon.coral.service',
  })
}

const Fault = z.object({
  statusCode: z.number(),
  body: z.object({ __type: z.string(), message: z.string().optional(), Message: z.string().optional() }),
})

/** Converts dynalite's errors; any other error is a fault of the stand-in. */
const toDynamoDbError = (error: unknown): unknown => {
  const fault = Fault.safeParse(error)
  if (!fault.success) return error
  const { __type, message, Message } = fault.data.body
  const [namespace, code = __type] = __type.split('#')
  return new DynamoDbError(code, message ?? Message ?? '', { status: fault.data.statusCode, namespace })
}

/** Checks a request. @throws DynamoDbError */
export const checked = (name: string, input: object, store: DynaliteStore): Data => {
  const { types, custom } = found(name)
  try {
    const data = validations.checkTypes({ ...input }, types)
    validations.checkValidations(data, types, custom, store)
    return data
  } catch (error) {
    throw toDynamoDbError(error)
  }
}

/** Runs a checked request. Rejects with DynamoDbError. */
export const act = (name: string, store: DynaliteStore, data: Data): Promise<Result> =>
  new Promise((resolve, reject) => {
    found(name).action(store, data, (error, result = {}) =>
      error ? reject(toDynamoDbError(error)) : resolve(result),
    )
  })
