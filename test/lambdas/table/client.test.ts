import assert from 'node:assert/strict'
import { it } from 'node:test'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { connectTable } from '../../../lambdas/table/client.ts'
import { defaultRetention } from '../../../lambdas/table/schema.ts'
import { openTable } from '../../support/table.ts'

it('the middleware of a call is resolved once for each kind of command, and each call has its own item', async () => {
  const { table } = openTable()
  const { client, name: TableName } = table
  let made = 0
  client.middlewareStack.add((next) => {
    made += 1
    return next
  })
  const items = fc.uniqueArray(fc.record({ sk: fc.uuid(), n: fc.integer(), list: fc.array(fc.string()) }), {
    selector: ({ sk }) => sk,
  })
  await fc.assert(
    fc.asyncProperty(items, async (some) => {
      await Promise.all(
        some.map(async (item) => {
          await client.send(new PutCommand({ TableName, Item: { pk: 'p', ...item } }))
          const Key = { pk: 'p', sk: item.sk }
          const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))
          assert.deepEqual(Item, { pk: 'p', ...item })
        }),
      )
    }),
    { numRuns: 20 },
  )
  assert.equal(made, 2)
})

it('the environment says for how many days records are kept; what it leaves out has its default', () => {
  const retentionOf = (days: string) => connectTable({ TABLE_NAME: 'table', RETENTION_DAYS: days }).retention
  assert.deepEqual(retentionOf('{"uploads":7}'), { ...defaultRetention, uploads: 7 })
  assert.throws(() => retentionOf('{"uploads":"7"}'), /expected number/)
})
