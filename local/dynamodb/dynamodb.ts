/**
 * DynamoDB on this machine: the HTTP listener in front of the database. It checks signatures, permissions and
 * conflicts; the database is dynalite, with additions: see `database.ts`.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html
 */
import { randomInt, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import * as z from 'zod'
import { createAdmission, type Execute } from './admission.ts'
import { createConflicts } from './conflicts.ts'
import { createEngine, type Engine, type RawAnswer } from './engine.ts'
import { DynamoDbError, invalid } from './errors.ts'
import { createFaults, type Faults, isWrite } from './faults.ts'
import { type PermissionRequest, permissionsFor } from './permissions.ts'
import { prepareTables } from './prepare-tables.ts'
import { createStreamAccess, type StreamAccess } from './stream-access.ts'
import { createStreamApi, isStreamOperation } from './stream-api.ts'
import { type Item, keyText, type Table, TableProperties, tableAmong } from './tables.ts'
import { createTimeToLive } from './time-to-live.ts'
import type { Usage } from './worker-messages.ts'

export type DynamoDbOptions<Session> = {
  /** The directory of the data; undefined: in memory. */
  directory?: string
  /** The properties of the template's tables. */
  tables: readonly unknown[]
  /** Checks the signature; throws an error with `code` and `message`. */
  authenticate: (request: IncomingMessage, body: Buffer) => Promise<Session>
  /** Checks a permission; throws an error with `code` and `message`. */
  authorize: (session: Session, request: PermissionRequest) => void
  region: string
  accountId: string
  /** Called with every read and write unit consumed. */
  meter?: (usage: Usage) => void
  /** Called with every refused request and the body of the answer. */
  refused?: (operation: string, body: string) => void
  /**
   * The longest lag of indexes and eventually consistent reads behind a write, in milliseconds; most lag far
   * less. @default 300
   */
  lagMs?: number
  /**
   * The shortest duration of a transaction, in milliseconds; its items are held all that time. @default 0: as
   * long as it takes
   */
  transactionMs?: number
  /**
   * Whether partitions and tables have rate limits; a test or a benchmark that fills a table may turn them
   * off. @default true
   */
  hasRates?: boolean
  /** The same seed gives the same lags to the same writes. @default a random one */
  seed?: number
  /** Starts the database. @default in its own thread */
  openEngine?: typeof createEngine
  /** @default 60 */
  sweepIntervalSeconds?: number
  /** Epoch milliseconds. */
  now?: () => number
}

export type DynamoDb<Session> = {
  listener: RequestListener
  /** Answers one request without HTTP and signature, for tests that need neither. */
  answer: (operation: string, text: string, session: Session) => Promise<RawAnswer>
  /**
   * Deletes expired items now and returns their number, and trims the streams; otherwise this happens once
   * per interval.
   */
  sweepExpired(): Promise<number>
  streams: StreamAccess
  /** Makes calls fail, for tests. */
  faults: Faults
  /**
   * Holds these items, as a transaction in flight would, until the returned function is called; for tests.
   */
  holdItems(tableName: string, keys: readonly Item[]): () => void
  /** Resolves when every reader sees all writes so far. */
  settled(): Promise<void>
  /**
   * Hides new writes from indexes, or from all eventually consistent reads, until the returned function is
   * called.
   */
  freezeReaders(which?: 'indexes' | 'everything'): Promise<() => Promise<void>>
  /** Waits for requests in flight. */
  close(): Promise<void>
}

const Refusal = z.object({ code: z.string(), message: z.string() })

/**
 * Runs a check of signature or permissions; its errors are sent with status 400, as DynamoDB does for both.
 */
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

const operationOf = ({ headers }: IncomingMessage): string =>
  String(headers['x-amz-target'] ?? '').replace(/^DynamoDB(Streams)?_20120810\./, '')

/** Only the meter reports consumed capacity. */
const Asked = z.looseObject({
  ReturnConsumedCapacity: z.literal('NONE', 'ReturnConsumedCapacity is not emulated').optional(),
})

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

const respond = (body: object): RawAnswer => ({ status: 200, text: JSON.stringify(body) })

const toAnswer = (error: unknown): RawAnswer => {
  if (error instanceof DynamoDbError) return { status: error.status, text: error.toBody() }
  if (error instanceof z.ZodError) return toAnswer(invalid(z.prettifyError(error)))
  console.error('The local DynamoDB failed', error)
  return toAnswer(new DynamoDbError('InternalServerError', 'The local DynamoDB failed', { status: 500 }))
}

type EngineSettings = Omit<DynamoDbOptions<unknown>, 'tables' | 'authenticate' | 'authorize'>

/** Starts the engine with its tables. */
const prepareEngine = async (tables: readonly Table[], options: EngineSettings): Promise<Engine> => {
  const { directory, region, accountId, meter, seed, now = Date.now, openEngine = createEngine } = options
  const { lagMs = 300, transactionMs = 0, hasRates = true } = options
  const engine = openEngine({
    region,
    accountId,
    meter,
    now,
    lagMs,
    transactionMs,
    hasRates,
    tables: [...tables],
    seed: seed ?? randomInt(2 ** 32),
    ...(directory !== undefined && { directory: join(directory, 'level') }),
  })
  try {
    await prepareTables(engine, tables)
  } catch (error) {
    await engine.close()
    throw error
  }
  return engine
}

const parseTable = (properties: unknown): Table => {
  const parsed = TableProperties.safeParse(properties)
  if (parsed.success) return parsed.data
  const { TableName } = z.object({ TableName: z.string().catch('without a name') }).parse(properties)
  throw new Error(`table ${TableName} cannot be emulated: ${z.prettifyError(parsed.error)}`)
}

/**
 * Starts the database and creates missing tables. Rejects with the table's name if one cannot be emulated, or
 * has other keys or indexes than its data.
 */
export const createDynamoDb = async <Session>(
  options: DynamoDbOptions<Session>,
): Promise<DynamoDb<Session>> => {
  const { directory, region, accountId, now = Date.now } = options
  const tables = options.tables.map(parseTable)
  if (directory !== undefined) mkdirSync(directory, { recursive: true })
  const engine = await prepareEngine(tables, options)
  const tableOf = tableAmong(tables)
  const conflicts = createConflicts()
  const admit = createAdmission({ engine, conflicts, tableOf, now })
  const timeToLive = createTimeToLive({ engine, tableOf, isHeld: conflicts.isHeld }, tables, now)
  const faults = createFaults()
  const arnOf = (table: string, index?: string): string =>
    `arn:aws:dynamodb:${region}:${accountId}:table/${table}${index === undefined ? '' : `/index/${index}`}`
  const { access: streams, wrote, trim } = createStreamAccess({ engine, tables, arnOf, now })
  const ofStreams = createStreamApi({ streams, region, now })
  const execute: Execute = async (operation, request) => {
    if (isStreamOperation(operation)) return respond(await ofStreams(operation, request.input))
    return admit(operation, request)
  }

  const perform = async (operation: string, text: string, session: Session): Promise<RawAnswer> => {
    const input = Asked.parse(parseInput(text))
    const permissions = permissionsFor(operation, input, arnOf)
    await admitted(() => permissions.forEach((permission) => void options.authorize(session, permission)))
    faults.check(operation)
    const answer = await execute(operation, { text, input })
    if (isWrite(operation)) wrote()
    if (answer.status === 200) faults.checkAnswer(operation)
    return answer
  }
  const handle = async (request: IncomingMessage): Promise<RawAnswer> => {
    const body = await readBody(request)
    const session = await admitted(() => options.authenticate(request, body))
    return perform(operationOf(request), body.toString('utf8'), session)
  }

  const sweepExpired = async (): Promise<number> => {
    const deleted = await timeToLive.sweep()
    if (deleted > 0) wrote()
    await trim()
    return deleted
  }
  const timer = setInterval(
    () => void sweepExpired().catch((error) => console.error('The time-to-live sweep failed', error)),
    (options.sweepIntervalSeconds ?? 60) * 1000,
  ).unref()

  return {
    listener: async (request, response) => {
      const answer = await handle(request).catch(toAnswer)
      if (answer.status !== 200) options.refused?.(operationOf(request), answer.text)
      reply(response, answer)
    },
    answer: (operation, text, session) => perform(operation, text, session).catch(toAnswer),
    sweepExpired,
    streams,
    faults,
    holdItems: (tableName, keys) => conflicts.hold(keys.map((key) => keyText(tableOf(tableName), key))),
    settled: async () => void (await engine.call('Settle', {})),
    freezeReaders: async (which = 'everything') => {
      await engine.call(which === 'indexes' ? 'FreezeIndexes' : 'FreezeEverything', {})
      return async () => void (await engine.call('Thaw', {}))
    },
    close: () => {
      clearInterval(timer)
      return engine.close()
    },
  }
}
