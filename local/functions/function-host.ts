import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Clock } from '../clock.ts'
import { type Environment, startEnvironment } from './environment.ts'
import { FunctionError } from './function-error.ts'

export type FunctionSettings = {
  name: string
  arn: string
  /** The unpacked bundle, as it would be deployed. */
  directory: string
  /** A folder for V8's compile cache, which the next thread uses; absent: no cache. */
  compiled?: string
  /** As in the template: `index.handler`. */
  handler: string
  timeoutSeconds: number
  memoryMb: number
  /** Reserved concurrency: further invocations are refused. */
  reserved?: number | undefined
  environment: Record<string, string>
}

type Needs = {
  clock: Clock
  /** Whether the function's clock follows `clock` when a test moves it. */
  followClock: boolean
  /** Credentials and endpoints, read whenever a thread starts. */
  variables: () => Record<string, string>
  /** The time limit for loading a bundle, in milliseconds. @default Lambda's 10 seconds */
  initMs?: number
  log: (functionName: string, line: string) => void
}

/**
 * The number of execution environments of one function that may compute at once. AWS has more; here more of
 * them than cores would only use memory and compile the same code again.
 */
const atWork = Math.min(4, Math.max(2, availableParallelism()))

/**
 * The limit including environments that wait for I/O and so use no core: the concurrency of a new AWS
 * account.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
const maximumEnvironments = 10

/** How often an invocation that waits for an environment checks whether the busy ones only wait for I/O. */
const patienceMs = 250

/**
 * Lambda's limit for the event of a synchronous invocation: 6 MB.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const maximumPayloadBytes = 6 * 1024 * 1024

/**
 * The variables that the runtime sets besides the function's own.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
const runtimeVariables = ({ name, memoryMb, directory, handler }: FunctionSettings) => ({
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  LAMBDA_TASK_ROOT: directory,
  TZ: ':UTC',
  _HANDLER: handler,
})

/**
 * A Lambda function: invocations run in parallel, each on its own thread, and wait while all threads are
 * busy.
 */
export const createFunction = (settings: FunctionSettings, needs: Needs) => {
  const [file = 'index', exported = 'handler'] = settings.handler.split('.')
  const all = new Set<Environment>()
  const free: Environment[] = []
  const waiting: ((environment: Environment) => void)[] = []
  const underWay = new Set<Promise<unknown>>()
  let stopped = false

  const start = (): Environment => {
    const environment = startEnvironment({
      directory: settings.directory,
      compiled: settings.compiled,
      module: `${file}.mjs`,
      export: exported,
      variables: () => ({ ...needs.variables(), ...runtimeVariables(settings), ...settings.environment }),
      timeoutMs: settings.timeoutSeconds * 1000,
      memoryMb: settings.memoryMb,
      initMs: needs.initMs,
      log: (line) => needs.log(settings.name, line),
      offset: needs.followClock ? needs.clock.offset : undefined,
    })
    all.add(environment)
    return environment
  }
  const take = (): Promise<Environment> | Environment => {
    for (let idle = free.pop(); idle; idle = free.pop()) {
      if (!idle.isDead()) return idle
      all.delete(idle)
    }
    return all.size < atWork ? start() : oneMore()
  }
  /**
   * Resolves with an environment that becomes free, or with a new one if too many of the busy ones only wait.
   */
  const oneMore = (): Promise<Environment> =>
    new Promise((resolve) => {
      const given = (environment: Environment): void => {
        clearInterval(look)
        resolve(environment)
      }
      const look = setInterval(() => {
        const working = [...all].filter((environment) => !environment.isWaiting())
        if (stopped || waiting[0] !== given) return
        if (all.size >= maximumEnvironments || working.length >= atWork) return
        waiting.shift()
        given(start())
      }, patienceMs)
      waiting.push(given)
    })
  const giveBack = (environment: Environment): void => {
    if (environment.isDead()) all.delete(environment)
    const next = waiting.shift()
    // After the stop a dead environment answers whoever still waits; a new one would never be stopped.
    if (next) next(environment.isDead() && !stopped ? start() : environment)
    else if (!environment.isDead()) free.push(environment)
  }

  const context = (awsRequestId: string) => ({
    awsRequestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.arn,
    memoryLimitInMB: String(settings.memoryMb),
    logGroupName: `/aws/lambda/${settings.name}`,
    logStreamName: 'local',
  })

  const run = async (event: unknown, requestId: string): Promise<unknown> => {
    const payload = JSON.stringify(event)
    if (Buffer.byteLength(payload) > maximumPayloadBytes)
      throw new FunctionError(
        'RequestTooLargeException',
        `${settings.name}: more than 6 MB in one invocation`,
      )
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    if (underWay.size >= (settings.reserved ?? Number.POSITIVE_INFINITY))
      throw new FunctionError('TooManyRequestsException', `${settings.name}: no copy of it is free`)
    if (stopped) throw new FunctionError('ServiceException', `${settings.name}: the local stack is stopping`)
    const environment = await take()
    try {
      return await environment.handle(payload, context(requestId), needs.clock.now)
    } catch (error) {
      if (error instanceof FunctionError) needs.log(settings.name, `${error.errorType}: ${error.message}`)
      throw error
    } finally {
      giveBack(environment)
    }
  }

  return {
    settings,
    /** Invokes and waits for the response, parsed. @throws FunctionError */
    invoke: (event: unknown, requestId: string = randomUUID()): Promise<unknown> => {
      const invocation = run(event, requestId).finally(() => underWay.delete(invocation))
      underWay.add(invocation)
      return invocation
    },
    atRest: (): boolean => underWay.size === 0,
    /** Resolves when all invocations in flight have ended, successfully or not. */
    rest: async (): Promise<void> => void (await Promise.allSettled(underWay)),
    /** Starts the first thread ahead of the first invocation. */
    warm: async (): Promise<void> => {
      if (all.size > 0 || stopped) return
      const environment = start()
      await environment.ready
      giveBack(environment)
    },
    /** Ends every thread at once, whatever it is doing: its invocation fails, and its memory is lost. */
    crash: async (): Promise<void> => {
      await Promise.all([...all].map((environment) => environment.stop()))
    },
    stop: async (): Promise<void> => {
      stopped = true
      await Promise.all([...all].map((environment) => environment.stop()))
    },
  }
}
export type LambdaFunction = ReturnType<typeof createFunction>
