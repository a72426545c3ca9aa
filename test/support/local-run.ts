import assert from 'node:assert/strict'
import { after, type TestContext } from 'node:test'
import mqtt from 'mqtt'
import { type LocalDeployment, start } from '../../local/start.ts'
import type { StartOptions } from '../../local/start-options.ts'
import { engineHere } from './database-here.ts'
import { declaredAt } from './declared.ts'

type Headers = Record<string, string>
export type ApiAnswer = { status: number; headers: globalThis.Headers; body: unknown }

/** A body as JSON where it is JSON, as text where it is not; undefined for none. */
const readBody = async (response: Response): Promise<unknown> => {
  const text = await response.text()
  if (text === '') return undefined
  return /\bjson\b/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text
}

/** An HTTP client for one API, whose answers have to be declared. Without a token the request is the local operator's. */
export const apiOf =
  (url: string) =>
  async (
    method: string,
    path: string,
    body?: unknown,
    { token, headers = {} }: { token?: string; headers?: Headers } = {},
  ): Promise<ApiAnswer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const answer = { status: response.status, headers: response.headers, body: await readBody(response) }
    return declaredAt(method, path, answer)
  }

/**
 * How long a test waits for what has to come: far longer than it takes, since only a failure waits so long.
 */
export const patienceMs = 180_000

export type Device = {
  /** Publishes at QoS 1; resolves when the broker, and so every topic rule, has taken it. */
  publish: (topic: string, payload: unknown) => Promise<void>
  /**
   * The next message on a topic that was subscribed; those that came before it are kept. @throws Error when
   * none comes
   */
  next: (topic: string) => Promise<{ topic: string; payload: unknown }>
}

const readPayload = (payload: Buffer): unknown => {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    return payload.toString('utf8')
  }
}

/** A device on the broker, subscribed to the topics. */
export const connectDevice = async (
  t: TestContext,
  url: string,
  topics: readonly string[],
): Promise<Device> => {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0 })
  t.after(() => client.endAsync(true))
  const received: { topic: string; payload: unknown }[] = []
  const waiting: { topic: string; resolve: (message: { topic: string; payload: unknown }) => void }[] = []
  client.on('message', (topic, payload) => {
    const message = { topic, payload: readPayload(payload) }
    const index = waiting.findIndex((one) => one.topic === topic)
    const [first] = index < 0 ? [] : waiting.splice(index, 1)
    if (first) first.resolve(message)
    else received.push(message)
  })
  if (topics.length > 0) await client.subscribeAsync([...topics], { qos: 1 })
  return {
    publish: async (topic, payload) => {
      const bytes =
        typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload)
      await client.publishAsync(topic, bytes, { qos: 1 })
    },
    next: (topic) => {
      const index = received.findIndex((one) => one.topic === topic)
      const [first] = index < 0 ? [] : received.splice(index, 1)
      if (first) return Promise.resolve(first)
      return new Promise((resolve, reject) => {
        const nothing = () => reject(new Error(`Nothing on ${topic} in ${patienceMs / 1000} s`))
        const patience = setTimeout(nothing, patienceMs).unref()
        waiting.push({
          topic,
          resolve: (message) => {
            clearTimeout(patience)
            resolve(message)
          },
        })
      })
    },
  }
}

/** How much of what a backend said is shown with a failed test. */
const linesShown = 60

/** Keeps what the backend says, to show the end of it with a test that fails. */
const witness = ({ log, warn }: StartOptions) => {
  const lines: string[] = []
  const keep = (line: string): void => {
    lines.push(line)
    if (lines.length > linesShown) lines.shift()
  }
  return {
    showIn: (t: TestContext): void =>
      t.after(() => {
        // In Node's documentation, and not in its types. https://nodejs.org/api/test.html#contextpassed
        const failed = 'passed' in t && t.passed === false
        if (failed) for (const line of lines) t.diagnostic(line)
      }),
    options: {
      log: (name: string, line: string): void => {
        keep(`${name} ${line}`)
        log?.(name, line)
      },
      warn: (line: string): void => {
        keep(line)
        warn?.(line)
      },
    },
  }
}

/** What a test does with a stack: `api` calls its HTTP API, `device` connects to its broker until the test ends. */
const usedBy = (t: TestContext, stack: LocalDeployment) => ({
  ...stack,
  api: apiOf(stack.url),
  device: (...topics: string[]): Promise<Device> => connectDevice(t, stack.mqttUrl, topics),
  /** `api`, for a request that must succeed: answers the body. */
  must: async (...request: Parameters<ReturnType<typeof apiOf>>): Promise<unknown> => {
    const { status, body } = await apiOf(stack.url)(...request)
    assert(status < 300, `${request[0]} ${request[1]}: ${status} ${JSON.stringify(body)}`)
    return body
  },
})

/**
 * The database in the thread of the test, which costs a start half as much. Data that has to outlive a stack is in
 * the care of the thread that it has in npm start.
 */
const startHere = (options: StartOptions): Promise<LocalDeployment> =>
  start({
    ...options,
    table: {
      ...(options.dataDirectory === undefined && { openEngine: engineHere }),
      ...options.table,
    },
  })

/**
 * A local stack of a test's own on free ports, with temporary data, ended with the test. If the test fails, what the
 * functions said last is shown with it.
 */
export const startLocal = async (t: TestContext, options: StartOptions = {}) => {
  const { showIn, options: witnessed } = witness(options)
  showIn(t)
  const stack = await startHere({ ...options, ...witnessed })
  t.after(() => stack.stop())
  return usedBy(t, stack)
}

/** Stops the stack of the file whose tests ran before. */
let stopLast = async (): Promise<void> => {}

const sharedWith = (options: StartOptions, isOfProcess: boolean) => {
  const { showIn, options: witnessed } = witness(options)
  let started: Promise<LocalDeployment> | undefined
  const stop = async (): Promise<void> => {
    const running = started
    started = undefined
    await (await running)?.stop()
  }
  const startInTurn = async (): Promise<LocalDeployment> => {
    if (!isOfProcess) {
      await stopLast()
      stopLast = stop
    }
    return startHere({ ...options, ...witnessed })
  }
  after(stop)
  return async (t: TestContext) => {
    showIn(t)
    started ??= startInTurn()
    return usedBy(t, await started)
  }
}

let ofProcess: ReturnType<typeof sharedWith> | undefined

/**
 * The same for tests together that have docks, devices and fleets of their own: started for the first that asks.
 * Without options it is one for all files of the process, and ends with it. With options it is the file's, and
 * ends when another is started: files run one after the other. Call it while a file is loaded.
 */
export const localOfFile = (options?: StartOptions) => {
  if (options) return sharedWith(options, false)
  ofProcess ??= sharedWith({}, true)
  return ofProcess
}
