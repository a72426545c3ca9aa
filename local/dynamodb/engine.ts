/** The database itself, in a worker thread. Knows nothing of permissions. */
import { Worker } from 'node:worker_threads'
import * as z from 'zod'
import { DynamoDbError } from './errors.ts'
import { inBatches } from './message-batches.ts'
import { Answer, type Message, type Start, type Usage } from './worker-messages.ts'

/** A reply of the database as JSON text. */
export type RawAnswer = { status: number; text: string }

export type Engine = {
  /** Sends a caller's request unchanged. */
  send(operation: string, text: string): Promise<RawAnswer>
  /**
   * Sends a request of the stand-in itself, which no rate limits, and parses the reply; throws the
   * DynamoDbError in the reply.
   */
  call(operation: string, input: object): Promise<Record<string, unknown>>
  /** Waits for requests in flight. */
  close(): Promise<void>
}

export type EngineOptions = Omit<Start, 'isMetered'> & {
  /** Epoch milliseconds. */
  now?: () => number
  /** Called with every read and write unit that sent requests consume. */
  meter: ((usage: Usage) => void) | undefined
}

const Answers = z.array(Answer)
const Reply = z.record(z.string(), z.unknown())
const Fault = z.object({ __type: z.string(), message: z.string().default('') })

/** Parses a reply, or throws its error. */
export const readAnswer = ({ status, text }: RawAnswer): Record<string, unknown> => {
  const body: unknown = JSON.parse(text)
  if (status === 200) return Reply.parse(body)
  const { __type, message } = Fault.parse(body)
  throw new DynamoDbError(__type.split('#').at(-1) ?? __type, message, {
    status,
    namespace: __type.split('#')[0],
  })
}

/**
 * Starts the thread. With a directory the data is in LevelDB there and survives a restart, also after
 * SIGKILL. If the thread dies, all waiting and later calls fail with InternalServerError.
 */
export const createEngine = ({ meter, now = Date.now, ...start }: EngineOptions): Engine => {
  // The process's directory for compiled code, if it has one.
  const compiled = process.env.NODE_COMPILE_CACHE
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { ...start, isMetered: meter !== undefined } satisfies Start,
    env: {
      // dynalite builds its ARNs from these two.
      AWS_REGION: start.region,
      AWS_ACCOUNT_ID: start.accountId,
      ...(compiled && { NODE_COMPILE_CACHE: compiled }),
    },
    execArgv: [],
    name: 'database',
  })
  const post = inBatches<Message>((calls) => worker.postMessage(calls))
  const waiting = new Map<number, PromiseWithResolvers<RawAnswer>>()
  let lastId = 0
  let broken: Error | undefined

  const breakDown = (reason: string): void => {
    broken ??= new DynamoDbError('InternalServerError', `the local database stopped: ${reason}`, {
      status: 500,
    })
    for (const { reject } of waiting.values()) reject(broken)
    waiting.clear()
  }
  worker.on('message', (message: unknown) => {
    for (const { id, used, ...answer } of Answers.parse(message)) {
      for (const usage of used) meter?.(usage)
      waiting.get(id)?.resolve(answer)
      waiting.delete(id)
    }
  })
  worker.on('error', (error) => breakDown(error instanceof Error ? error.message : String(error)))
  worker.on('exit', () => breakDown('its thread ended'))

  const ask = (call: Omit<Message, 'id' | 'at'>): Promise<RawAnswer> => {
    if (broken) return Promise.reject(broken)
    const answer = Promise.withResolvers<RawAnswer>()
    lastId += 1
    waiting.set(lastId, answer)
    post({ id: lastId, at: now(), ...call })
    return answer.promise
  }
  return {
    send: (operation, text) => ask({ operation, text, isFree: false }),
    call: async (operation, input) =>
      readAnswer(await ask({ operation, text: JSON.stringify(input), isFree: true })),
    close: async () => {
      await Promise.allSettled([...waiting.values()].map(({ promise }) => promise))
      await worker.terminate()
    },
  }
}
