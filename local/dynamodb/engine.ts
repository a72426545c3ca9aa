/** The database itself: dynalite in a worker thread. Knows nothing of permissions or of what dynalite lacks. */
import { Worker } from 'node:worker_threads'
import * as z from 'zod'
import { DynamoDbError } from './errors.ts'
import { inBatches } from './message-batches.ts'

/** A reply of the database as JSON text. */
export type RawAnswer = { status: number; text: string }

export type Engine = {
  /** Sends a request as it came. */
  send(operation: string, text: string): Promise<RawAnswer>
  /** Sends a request and reads the reply; throws the DynamoDbError that it holds. */
  call(operation: string, input: object): Promise<Record<string, unknown>>
  close(): Promise<void>
}

const Answers = z.array(z.object({ id: z.number(), status: z.number(), text: z.string() }))
const Reply = z.record(z.string(), z.unknown())
const Fault = z.object({ __type: z.string(), message: z.string().default('') })

/** Reads a reply, or throws the error it holds. */
export const readAnswer = ({ status, text }: RawAnswer): Record<string, unknown> => {
  const body: unknown = JSON.parse(text)
  if (status === 200) return Reply.parse(body)
  const { __type, message } = Fault.parse(body)
  throw new DynamoDbError(__type.split('#').at(-1) ?? __type, message, {
    status,
    namespace: __type.split('#')[0],
  })
}

/** The reply as it came, unless it holds an error: that is thrown. */
export const throwFault = (answer: RawAnswer): RawAnswer => {
  if (answer.status !== 200) readAnswer(answer)
  return answer
}

/**
 * Starts the thread. With a directory the data is in LevelDB there and outlives a restart, also after SIGKILL. If the thread dies,
 * everything waiting and every later call is an InternalServerError.
 */
export const createEngine = (options: { directory?: string; region: string; accountId: string }): Engine => {
  const { directory, region, accountId } = options
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { directory },
    // dynalite makes its ARNs from these two.
    env: { AWS_REGION: region, AWS_ACCOUNT_ID: accountId },
    execArgv: [],
    name: 'database',
  })
  const post = inBatches((calls) => worker.postMessage(calls))
  const waiting = new Map<number, { resolve: (answer: RawAnswer) => void; reject: (error: Error) => void }>()
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
    for (const { id, ...answer } of Answers.parse(message)) {
      waiting.get(id)?.resolve(answer)
      waiting.delete(id)
    }
  })
  worker.on('error', (error) => breakDown(error instanceof Error ? error.message : String(error)))
  worker.on('exit', () => breakDown('its thread ended'))

  const send: Engine['send'] = (operation, text) => {
    if (broken) return Promise.reject(broken)
    const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
    lastId += 1
    waiting.set(lastId, { resolve, reject })
    post({ id: lastId, operation, text })
    return promise
  }
  return {
    send,
    call: async (operation, input) => readAnswer(await send(operation, JSON.stringify(input))),
    close: async () => void (await worker.terminate()),
  }
}
