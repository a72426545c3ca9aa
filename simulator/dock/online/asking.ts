import { randomUUID } from 'node:crypto'
import type * as z from 'zod'
import { topicsOf } from '../../../protocols/dji-dock/topics.ts'
import { answers, type Method, readAnswer } from './answers.ts'

/** Waits `ms` milliseconds; rejects as soon as `signal` aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<unknown>

type Needs = {
  dockSn: string
  publish: (topic: string, payload: string) => void
  now: () => number
  wait: Wait
}

/** The server's answer is missing, or not what the dock needs. */
export class BadAnswer extends Error {
  override readonly name: string = 'BadAnswer'
}

/** The server did not answer in time, which a later try may change. */
export class NoAnswer extends BadAnswer {
  override readonly name = 'NoAnswer'
}

/**
 * How long a dock waits for an answer; from an open dock simulator, since the vendor's pages name no time.
 */
export const answerWithinMs = 3_000

/** Sends requests to the server and awaits the answers. */
export const createAsking = ({ dockSn, publish, now, wait }: Needs) => {
  const { requests, status } = topicsOf(dockSn)
  const waiting = new Map<string, (data: unknown) => void>()

  const once = async (method: Method, data: unknown, stop: AbortSignal): Promise<unknown> => {
    const tid = randomUUID()
    const topic = method === 'update_topo' ? status : requests
    const answered = new AbortController()
    const answer = new Promise<unknown>((resolve) => waiting.set(tid, resolve))
    const message = { tid, bid: randomUUID(), timestamp: now(), gateway: dockSn, method, data }
    publish(topic, JSON.stringify(message))
    try {
      return await Promise.race([
        answer,
        wait(answerWithinMs, AbortSignal.any([stop, answered.signal])).then(() => {
          throw new NoAnswer(`${method} was not answered within ${answerWithinMs / 1000} s`)
        }),
      ])
    } finally {
      waiting.delete(tid)
      answered.abort()
    }
  }

  return {
    /** Handles a message on an answer topic. */
    received: (payload: string): void => {
      const answer = readAnswer(payload)
      if (answer) waiting.get(answer.tid)?.(answer.data)
    },

    /**
     * The parsed answer.
     * @throws BadAnswer if there is none after all attempts, or it is not what the dock needs.
     */
    ask: async <Name extends Method>(
      method: Name,
      data: unknown,
      { attempts = 1, stop }: { attempts?: number; stop: AbortSignal },
    ): Promise<z.output<(typeof answers)[Name]>> => {
      for (let attempt = 1; ; attempt += 1)
        try {
          return parsed(method, await once(method, data, stop))
        } catch (error) {
          if (attempt >= attempts || !(error instanceof BadAnswer)) throw error
        }
    },
  }
}

export type Asking = ReturnType<typeof createAsking>

const parsed = <Name extends Method>(method: Name, data: unknown): z.output<(typeof answers)[Name]> => {
  const read = answers[method].safeParse(data)
  if (read.success) return read.data as z.output<(typeof answers)[Name]>
  const [issue] = read.error.issues
  const result =
    data !== null && typeof data === 'object' && 'result' in data ? ` (result ${data.result})` : ''
  throw new BadAnswer(`the answer to ${method} is wrong${result}: ${issue?.path.join('.')} ${issue?.message}`)
}
