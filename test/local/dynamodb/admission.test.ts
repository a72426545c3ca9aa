import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdmission } from '../../../local/dynamodb/admission.ts'
import { createConflicts } from '../../../local/dynamodb/conflicts.ts'
import type { RawAnswer } from '../../../local/dynamodb/engine.ts'
import { TableProperties, tableAmong } from '../../../local/dynamodb/tables.ts'
import { tableProperties } from './start.ts'

const TableName = 'Jobs'
const item = (pk: string) => ({ pk: { S: pk }, sk: { S: 'x' } })
const put = (pk: string) => ({ Put: { TableName, Item: item(pk) } })

/** An admission to an engine that answers each request when the test says so. */
const start = () => {
  const sent: { operation: string; answer: (answer?: Partial<RawAnswer>) => void }[] = []
  const admit = createAdmission({
    engine: {
      send: (operation) =>
        new Promise((resolve) => {
          sent.push({ operation, answer: (answer) => resolve({ status: 200, text: '{}', ...answer }) })
        }),
      call: () => assert.fail('not called'),
      close: async () => {},
    },
    conflicts: createConflicts(),
    tableOf: tableAmong([TableProperties.parse(tableProperties(TableName))]),
    now: () => 0,
  })
  const ask = (operation: string, input: object) => admit(operation, { input, text: JSON.stringify(input) })
  const transact = (...TransactItems: object[]) => ask('TransactWriteItems', { TransactItems })
  const write = (pk: string) => ask('PutItem', { TableName, Item: item(pk) })
  return { sent, ask, transact, write }
}

const conflicting = { code: 'TransactionConflictException' }
const canceled = (message: RegExp) => ({ code: 'TransactionCanceledException', message })

test('a transaction is under way until it is answered, well or not', async () => {
  const { sent, transact, write } = start()
  for (const status of [200, 400]) {
    const first = transact(put('a'), put('b'))
    await assert.rejects(transact(put('c'), put('b')), canceled(/\[None, TransactionConflict\]/))
    await assert.rejects(write('a'), conflicting)
    sent.pop()?.answer({ status })
    await first
    const after = write('a')
    sent.pop()?.answer()
    await after
  }
})

test('a transaction waits for no write, and a write under way cancels none', async () => {
  const { sent, transact, write } = start()
  const writing = write('a')
  const transacting = transact(put('a'))
  assert.deepEqual(
    sent.map(({ operation }) => operation),
    ['PutItem', 'TransactWriteItems'],
  )
  for (const { answer } of sent) answer()
  await Promise.all([writing, transacting])
})

test('a batch leaves what is in a transaction, besides what the engine left', async () => {
  const { sent, ask, transact } = start()
  const transacting = transact(put('held'))
  const transactAnswer = sent.pop()?.answer
  const requests = ['held', 'free', 'over its rate'].map((pk) => ({ PutRequest: { Item: item(pk) } }))
  const batching = ask('BatchWriteItem', { RequestItems: { [TableName]: requests } })
  const UnprocessedItems = { [TableName]: [requests[2]] }
  sent.pop()?.answer({ text: JSON.stringify({ UnprocessedItems }) })
  const left = JSON.parse((await batching).text).UnprocessedItems
  assert.deepEqual(left, { [TableName]: [requests[2], requests[0]] })
  const none = await ask('BatchWriteItem', { RequestItems: { [TableName]: [requests[0]] } })
  assert.deepEqual(JSON.parse(none.text), { UnprocessedItems: { [TableName]: [requests[0]] } })
  transactAnswer?.()
  await transacting
})
