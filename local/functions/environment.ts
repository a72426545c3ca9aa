import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { FunctionError } from './function-error.ts'
import type { Invocation, Setup } from './worker.ts'

/** The messages of `worker.ts`: one when it is loaded (or failed to load), then one answer per invocation. */
type Answer = { response: string } | { error: { errorType: string; errorMessage: string; trace: string[] } }
type FromWorker = { ready: true } | Answer

export type EnvironmentSettings = {
  directory: string
  compiled?: string | undefined
  /** The bundle's file that holds the handler, and the name of the export. */
  module: string
  export: string
  variables: () => Record<string, string>
  timeoutMs: number
  memoryMb: number
  /** In milliseconds. @default Lambda's limit */
  initMs?: number | undefined
  log: (line: string) => void
  /** If present, the thread's clock follows it. */
  offset?: Float64Array | undefined
}

/**
 * Lambda's limit for a response: 6 MB and a little, as the message of its error says. Its documentation rounds.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const maximumResponseBytes = 6 * 1024 * 1024 + 100

/** @throws FunctionError for a response that Lambda would not take from the function. */
const parsed = (response: string): unknown => {
  if (Buffer.byteLength(response) > maximumResponseBytes)
    throw new FunctionError(
      'Function.ResponseSizeTooLarge',
      `Response payload size exceeded maximum allowed payload size (${maximumResponseBytes} bytes).`,
    )
  return JSON.parse(response)
}

/** An error that ended the thread. */
const failureOf = (error: Error): FunctionError =>
  'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new FunctionError('Runtime.ExitError', 'Error: Runtime exited with error: signal: killed')
    : new FunctionError(error.name, error.message)

type Outcome = (answer: Answer | Error) => void

/**
 * The time limit for loading a bundle. As on Lambda, loading does not count against the function's timeout; a
 * load over the limit is repeated, and then it does count:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
const initLimitMs = 10_000

/** https://nodejs.org/api/perf_hooks.html#performanceeventlooputilizationutilization1-utilization2 */
const mostlyWaiting = 0.2

const openThread = (settings: EnvironmentSettings): Worker => {
  const { directory, compiled, module, export: exported, offset, memoryMb } = settings
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    env: { ...settings.variables(), ...(compiled && { NODE_COMPILE_CACHE: compiled }) },
    execArgv: [],
    // A handler's garbage is short-lived. Without this limit V8 keeps up to 150 MB of it in each thread
    // before it collects.
    // Lambda ends a function that takes more than its memory, of which the heap is the part that can be limited here.
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: memoryMb },
    stdout: true,
    stderr: true,
    workerData: { directory, module, export: exported, offset } satisfies Setup,
  })
  for (const stream of [worker.stdout, worker.stderr]) createInterface(stream).on('line', settings.log)
  return worker
}

/**
 * One execution environment: a thread that handles one invocation at a time. After a timeout or a crash it is
 * `dead`, and the next invocation needs another.
 */
export const startEnvironment = (settings: EnvironmentSettings) => {
  let dead = false
  let outcome: Outcome | undefined
  const ready = Promise.withResolvers<void>()
  const die = (error: Error): void => {
    // Between invocations nobody waits for the error, so it is logged.
    if (!dead && !outcome) settings.log(error.message)
    dead = true
    ready.resolve()
    outcome?.(error)
  }
  const open = (): Worker => {
    const thread = openThread(settings)
    thread.on('message', (message: FromWorker) => {
      if ('ready' in message) ready.resolve()
      else outcome?.(message)
    })
    thread.on('error', (error) => die(failureOf(error)))
    thread.on('exit', (code) => {
      if (thread === worker)
        die(new FunctionError('Runtime.ExitError', `Error: Runtime exited with error: exit status ${code}`))
    })
    return thread
  }
  let worker = open()
  let begun = worker.performance.eventLoopUtilization()
  const initTimer = setTimeout(() => {
    const late = worker
    worker = open()
    void late.terminate()
    ready.resolve()
  }, settings.initMs ?? initLimitMs)
  void ready.promise.then(() => clearTimeout(initTimer))

  return {
    ready: ready.promise,
    isDead: (): boolean => dead,
    /** Whether its invocation spends nearly all of its time waiting for I/O. */
    isWaiting: (): boolean =>
      outcome !== undefined && worker.performance.eventLoopUtilization(begun).utilization < mostlyWaiting,
    /** @throws FunctionError when the function throws, times out, crashes or answers too much. */
    handle: async (event: string, context: { awsRequestId: string }, now: () => number): Promise<unknown> => {
      await ready.promise
      if (dead) throw new FunctionError('Runtime.ExitError', 'Error: Runtime exited before the invocation')
      begun = worker.performance.eventLoopUtilization()
      const done = Promise.withResolvers<Answer>()
      outcome = (answer) => (answer instanceof Error ? done.reject(answer) : done.resolve(answer))
      const seconds = (settings.timeoutMs / 1000).toFixed(2)
      const timer = setTimeout(() => {
        die(
          new FunctionError(
            'Sandbox.Timedout',
            `${context.awsRequestId} Error: Task timed out after ${seconds} seconds`,
          ),
        )
        void worker.terminate()
      }, settings.timeoutMs)
      worker.postMessage({ event, context, deadline: now() + settings.timeoutMs } satisfies Invocation)
      try {
        const answer = await done.promise
        if ('response' in answer) return parsed(answer.response)
        const { errorType, errorMessage, trace } = answer.error
        throw new FunctionError(errorType, errorMessage, trace)
      } finally {
        clearTimeout(timer)
        outcome = undefined
      }
    },
    stop: async (): Promise<void> => {
      dead = true
      clearTimeout(initTimer)
      await worker.terminate()
    },
  }
}
export type Environment = ReturnType<typeof startEnvironment>
