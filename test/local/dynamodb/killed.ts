/**
 * The process that `dynamodb.test.ts` kills: keeps its data in the directory given as argument, writes an item and says so, and then
 * stays in the middle of two transactions.
 */
import { createEngine } from '../../../local/dynamodb/engine.ts'
import { openJournal } from '../../../local/dynamodb/journal.ts'
import { startDynamoDb, tableProperties } from './start.ts'

const directory = process.argv[2] ?? ''
const first = await startDynamoDb({ directory, tables: [tableProperties('Jobs')] })
await first.stop()

const engine = createEngine({
  directory: `${directory}/level`,
  region: 'eu-central-1',
  accountId: '000000000000',
})
const key = { pk: { S: 'job' }, sk: { S: 'x' } }
const before = { ...key, n: { N: '1' } }
await engine.call('PutItem', { TableName: 'Jobs', Item: before })
const journal = openJournal(directory)
const stay = () => new Promise(() => setInterval(() => {}, 60_000))
await Promise.race([
  journal.guard([{ tableName: 'Jobs', key, before }], async () => {
    await engine.call('PutItem', { TableName: 'Jobs', Item: { ...key, n: { N: '2' } } })
    await stay()
  }),
  journal.guard([{ tableName: 'Jobs', key: { ...key, pk: { S: 'new' } }, before: undefined }], async () => {
    await engine.call('PutItem', { TableName: 'Jobs', Item: { ...key, pk: { S: 'new' } } })
    process.stdout.write('in the middle\n')
    await stay()
  }),
])
