import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'

/**
 * The thread of one execution environment of a function. It imports the bundle once and then handles one
 * invocation at a time, as Lambda does. It imports nothing else of this project, so that only the bundle's
 * own load time counts.
 */

/**
 * `Setup` is the thread's start data from `environment.ts`; `Invocation` is then sent for each invocation.
 */
export type Setup = { directory: string; module: string; export: string; offset: Float64Array | undefined }
export type Invocation = { event: string; context: object; deadline: number }

const setup: Setup = workerData

// The thread has already read it; Lambda has no such variable.
delete process.env.NODE_COMPILE_CACHE

/** Moves this thread's clock together with the local stack's, which a test may advance. */
const followClock = (offset: Float64Array): void => {
  const machine = globalThis.Date
  const now = (): number => machine.now() + (offset[0] ?? 0)
  globalThis.Date = new Proxy(machine, {
    apply: () => new machine(now()).toString(),
    construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now()] : args, self),
    get: (target, property) => (property === 'now' ? now : Reflect.get(target, property)),
  })
}
if (setup.offset) followClock(setup.offset)

/** An error as the runtime reports it. */
const described = (error: unknown) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] }

const load = async () => {
  const bundle: Record<string, unknown> = await import(
    pathToFileURL(join(setup.directory, setup.module)).href
  )
  const handler = bundle[setup.export]
  if (typeof handler !== 'function') throw new Error(`${setup.module} exports no function ${setup.export}`)
  return handler
}

const loading = load()
const ready = (): void => parentPort?.postMessage({ ready: true })
loading.then(ready, ready)

const handle = async ({ event, context, deadline }: Invocation): Promise<unknown> => {
  const handler = await loading
  const getRemainingTimeInMillis = (): number => Math.max(0, deadline - Date.now())
  return handler(JSON.parse(event), { ...context, getRemainingTimeInMillis })
}

let isKept = false

/**
 * Writes the compile cache after the first call, which compiles most of the code: a thread seldom ends in a
 * way that would write it.
 */
const keepCompiled = (): void => {
  if (!isKept) flushCompileCache()
  isKept = true
}

parentPort?.on('message', (invocation: Invocation) => {
  handle(invocation)
    .then(
      (response) => parentPort?.postMessage({ response: JSON.stringify(response ?? null) }),
      (error: unknown) => parentPort?.postMessage({ error: described(error) }),
    )
    .finally(keepCompiled)
})
