/**
 * The permissions that a call needs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html and, for
 * transactions, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html:
 * each part needs the action of its own kind.
 */
import * as z from 'zod'
import { DynamoDbError } from './errors.ts'
import { readIterator } from './stream-api.ts'

/** A question to IAM: an action on a resource, with DynamoDB's condition keys. */
export type PermissionRequest = {
  action: string
  resource: string
  context?: Readonly<Record<string, string>>
}

/** The ARN of a table, or with an index that of the index. */
export type ArnOf = (tableName: string, indexName?: string) => string

const OnTable = z.object({ TableName: z.string(), IndexName: z.string().optional() })
const Batch = z.object({ RequestItems: z.record(z.string(), z.unknown()) })
const Part = z.object({ TableName: z.string() })
const Transaction = z.object({ TransactItems: z.array(z.record(z.string(), Part)) })

/** The action of each kind of part. */
const partActions: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
}

type Requests = (operation: string, input: unknown, arnOf: ArnOf) => PermissionRequest[]

const onTable: Requests = (operation, input, arnOf) => {
  const { TableName } = OnTable.parse(input)
  return [{ action: `dynamodb:${operation}`, resource: arnOf(TableName) }]
}

const onTableOrIndex: Requests = (operation, input, arnOf) => {
  const { TableName, IndexName } = OnTable.parse(input)
  return [{ action: `dynamodb:${operation}`, resource: arnOf(TableName, IndexName) }]
}

const onEachTable: Requests = (operation, input, arnOf) =>
  Object.keys(Batch.parse(input).RequestItems).map((name) => ({
    action: `dynamodb:${operation}`,
    resource: arnOf(name),
  }))

const onEachPart: Requests = (operation, input, arnOf) =>
  Transaction.parse(input).TransactItems.flatMap((item) =>
    Object.entries(item).map(([kind, { TableName }]) => ({
      action: `dynamodb:${partActions[kind] ?? kind}`,
      resource: arnOf(TableName),
      context: { 'dynamodb:EnclosingOperation': operation },
    })),
  )

const OfStream = z.object({ StreamArn: z.string() })
const OfIterator = z.object({ ShardIterator: z.string() })

const onStream: Requests = (operation, input) => [
  { action: `dynamodb:${operation}`, resource: OfStream.parse(input).StreamArn },
]

/** Every emulated operation. Tables come from the template, so no operation creates or changes one. */
const operations: Readonly<Record<string, Requests>> = {
  GetItem: onTable,
  PutItem: onTable,
  UpdateItem: onTable,
  DeleteItem: onTable,
  DescribeTable: onTable,
  ListTables: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
  Query: onTableOrIndex,
  Scan: onTableOrIndex,
  ListStreams: () => [{ action: 'dynamodb:ListStreams', resource: '*' }],
  DescribeStream: onStream,
  GetShardIterator: onStream,
  GetRecords: (operation, input) => {
    const { arn } = readIterator(OfIterator.parse(input).ShardIterator)
    return [{ action: `dynamodb:${operation}`, resource: arn }]
  },
  BatchGetItem: onEachTable,
  BatchWriteItem: onEachTable,
  TransactWriteItems: onEachPart,
}

/** All permissions that a call needs. Throws if the operation is not emulated or names no table. */
export const permissionsFor: Requests = (operation, input, arnOf) => {
  const requests = operations[operation]
  if (!requests)
    throw new DynamoDbError('UnknownOperationException', `${operation} is not emulated`, {
      namespace: 'com.amazon.coral.service',
    })
  return requests(operation, input, arnOf)
}
