/**
 * DynamoDB on this machine: the HTTP listener in front of the database. It checks who calls and whether they may, and adds what
 * dynalite lacks: transactions, the item of a failed condition, time to live, and capacity as AWS counts it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import * as z from 'zod'
import { createEngine, type RawAnswer } from './engine.ts'
import { DynamoDbError, invalid } from './errors.ts'
import { createFaults, type Faults } from './faults.ts'
import { type Journal, openJournal } from './journal.ts'
import { createKeyLock, createRooms } from './locks.ts'
import { createOngoing } from './ongoing.ts'
import { type PermissionRequest, permissionsFor } from './permissions.ts'
import { getItem, sendRead, transactGet } from './reads.ts'
import { type Item, prepareTables, type Table, TableProperties } from './tables.ts'
import { createTimeToLive } from './time-to-live.ts'
import { createTransactWrite, restoreItem } from './transactions.ts'
import {
  keyText,
  type ReceivedRequest,
  type Store,
  singleWrites,
  type TableRooms,
  type Usage,
  writeBatch,
  writeItem,
} from './writes.ts'

export type DynamoDbOptions<Session> = {
  /** Where the data is kept; in memory without one. */
  directory?: string
  /** Properties of the template's tables. */
  tables: readonly unknown[]
  /** Checks the signature; throws an error with `code` and `message`. */
  authenticate: (request: IncomingMessage, body: Buffer) => Promise<Session>
  /** Checks a permission; throws an error with `code` and `message`. */
  authorize: (session: Session, request: PermissionRequest) => void
  region: string
  accountId: string
  /** Told of every read and write unit consumed. */
  meter?: (usage: Usage) => void
  /** @default 60 */
  sweepIntervalSeconds?: number
  /** Epoch milliseconds. */
  now?: () => number
}

export type DynamoDb = {
  listener: RequestListener
  /** Deletes expired items now and says how many; otherwise it happens once every interval. */
  sweepExpired(): Promise<number>
  /** Makes the next calls fail, for tests. */
  faults: Faults
  /** As if somebody's transaction with these items went on until the returned function is called, for tests. */
  holdItems(tableName: string, keys: readonly Item[]): () => void
  /** Waits for what is under way. */
  close(): Promise<void>
}

const Refusal = z.object({ code: z.string(), message: z.string() })

/** Runs a check of who calls or what they may; what it throws is sent with status 400, as DynamoDB does whatever is missing. */
const admitted = async <Result>(check: () => Result | Promise<Result>): Promise<Result> => {
  try {
    return await check()
  } catch (error) {
    const refusal = Refusal.safeParse(error)
    if (!refusal.success) throw error
    const { code, message } = refusal.data
    throw new DynamoDbError(code, message, { namespace: 'com.amazon.coral.service' })
  }
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

const parseInput = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new DynamoDbError('SerializationException', '', { namespace: 'com.amazon.coral.service' })
  }
}

const reply = (response: ServerResponse, { status, text }: RawAnswer): void => {
  response
    .writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(text),
      'x-amz-crc32': crc32(text),
      'x-amzn-requestid': randomUUID(),
    })
    .end(text)
}

const toAnswer = (error: unknown): RawAnswer => {
  if (error instanceof DynamoDbError) return { status: error.status, text: error.toBody() }
  if (error instanceof z.ZodError) return toAnswer(invalid(z.prettifyError(error)))
  console.error('The local DynamoDB failed', error)
  return toAnswer(new DynamoDbError('InternalServerError', 'The local DynamoDB failed', { status: 500 }))
}

type Execute = (operation: string, request: ReceivedRequest) => Promise<RawAnswer>

type Operations = {
  store: Store
  rooms: TableRooms
  transactWrite: (input: unknown) => Promise<object>
  timeToLive: ReturnType<typeof createTimeToLive>
}

/** Calls for single items hold these items' locks; what reads more of a table, and transactions, take turns. */
const createExecute = ({ store, rooms, transactWrite, timeToLive }: Operations): Execute => {
  const own: Readonly<Record<string, (input: unknown) => Promise<object>>> = {
    TransactWriteItems: transactWrite,
    TransactGetItems: (input) => transactGet(store, input),
    DescribeTimeToLive: async (input) => timeToLive.describe(input),
    UpdateTimeToLive: async (input) => timeToLive.update(input),
  }
  return async (operation, request) => {
    const ours = own[operation]
    if (ours) return { status: 200, text: JSON.stringify(await ours(request.input)) }
    if (operation === 'BatchWriteItem') return writeBatch(store, request)
    if (operation === 'GetItem') return getItem(store, request)
    if (singleWrites.includes(operation)) return writeItem(store, operation, request)
    return rooms.enter('ranges', () => sendRead(store, operation, request))
  }
}

/** Starts the engine with its tables and undoes what a crash interrupted. */
const openStore = async (
  tables: readonly Table[],
  journal: Journal,
  {
    directory,
    region,
    accountId,
    meter,
  }: Pick<DynamoDbOptions<unknown>, 'directory' | 'region' | 'accountId' | 'meter'>,
): Promise<Store> => {
  const data = directory === undefined ? {} : { directory: join(directory, 'level') }
  const engine = createEngine({ region, accountId, ...data })
  const byName = new Map(tables.map((table) => [table.TableName, table]))
  const table = (name: string): Table => {
    const found = byName.get(name)
    if (!found) throw new DynamoDbError('ResourceNotFoundException', 'Requested resource not found')
    return found
  }
  try {
    await prepareTables(engine, tables)
    for (const image of journal.unfinished()) await restoreItem(engine, image)
    journal.undone()
  } catch (error) {
    await engine.close()
    throw error
  }
  return { engine, keys: createKeyLock(), ongoing: createOngoing(), table, ...(meter && { meter }) }
}

const parseTable = (properties: unknown): Table => {
  const parsed = TableProperties.safeParse(properties)
  if (parsed.success) return parsed.data
  const { TableName } = z.object({ TableName: z.string().catch('without a name') }).parse(properties)
  throw new Error(`table ${TableName} cannot be emulated: ${z.prettifyError(parsed.error)}`)
}

/**
 * Starts the database, makes the tables that are missing and undoes a transaction that a crash interrupted. Rejects with the table's
 * name if the stored data has other keys or indexes, and if the template's table uses what is not emulated.
 */
export const createDynamoDb = async <Session>(options: DynamoDbOptions<Session>): Promise<DynamoDb> => {
  const { directory, region, accountId, now = Date.now } = options
  const tables = options.tables.map(parseTable)
  if (directory !== undefined) mkdirSync(directory, { recursive: true })
  const journal = openJournal(directory)
  const store = await openStore(tables, journal, options)
  const rooms: TableRooms = createRooms()
  const faults = createFaults()
  const timeToLive = createTimeToLive({ store, rooms }, tables, now)
  const transactWrite = createTransactWrite({ store, rooms }, journal, now)
  const execute = createExecute({ store, rooms, transactWrite, timeToLive })
  const arnOf = (table: string, index?: string): string =>
    `arn:aws:dynamodb:${region}:${accountId}:table/${table}${index === undefined ? '' : `/index/${index}`}`

  const handle = async (request: IncomingMessage): Promise<RawAnswer> => {
    const body = await readBody(request)
    const operation = String(request.headers['x-amz-target'] ?? '').replace('DynamoDB_20120810.', '')
    const session = await admitted(() => options.authenticate(request, body))
    const text = body.toString('utf8')
    const input = parseInput(text)
    const permissions = permissionsFor(operation, input, arnOf)
    await admitted(() => permissions.forEach((permission) => void options.authorize(session, permission)))
    faults.check(operation)
    const answer = await execute(operation, { text, input })
    faults.checkAnswer(operation)
    return answer
  }

  const timer = setInterval(
    () => void timeToLive.sweep().catch((error) => console.error('The time-to-live sweep failed', error)),
    (options.sweepIntervalSeconds ?? 60) * 1000,
  ).unref()

  return {
    listener: (request, response) =>
      void handle(request)
        .catch(toAnswer)
        .then((result) => reply(response, result)),
    sweepExpired: timeToLive.sweep,
    faults,
    holdItems: (tableName, keys) =>
      store.ongoing.take(keys.map((key) => keyText(store.table(tableName), key))),
    close: () => {
      clearInterval(timer)
      return rooms.enter('end', async () => {
        await store.keys.rest()
        await store.engine.close()
      })
    },
  }
}
