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
  /** A folder that keeps what V8 made of the code, for the next thread; none keeps nothing. */
  compiled?: string
  /** As in the template: `index.handler`. */
  handler: string
  timeoutSeconds: number
  memoryMb: number
  /** Most invocations at once; more are refused. */
  reserved?: number | undefined
  environment: Record<string, string>
}

type Needs = {
  clock: Clock
  /** Whether the function's clock follows `clock` when a test moves it. */
  followClock: boolean
  /** Credentials and endpoints, asked for whenever a thread starts. */
  variables: () => Record<string, string>
  /** How long a bundle may take to load, in milliseconds. @default Lambda's 10 seconds */
  initMs?: number
  log: (functionName: string, line: string) => void
}

/**
 * Execution environments of one function that may be at work at once. AWS has more; here more of them than cores
 * only hold memory and compile the same code again.
 */
const atWork = Math.min(4, Math.max(2, availableParallelism()))

/**
 * Those that wait for others take no core: there may be more of them, up to what a new account has at AWS.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
const maximumEnvironments = 10

/** An invocation that has found none free looks so often whether those that are taken only wait. */
const patienceMs = 250

/**
 * Lambda takes 6 MB into a synchronous invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const maximumPayloadBytes = 6 * 1024 * 1024

/**
 * What the runtime sets besides the function's own variables.
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
 * A Lambda function: invocations run at the same time on threads of their own, and wait where all are at work.
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
  /** One that is given back, or a new one where too many of those that are taken only wait. */
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
    // After the stop a dead environment answers whoever still waits; a new one would never end.
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
    /** Resolves when what is under way now has ended, well or not. */
    rest: async (): Promise<void> => void (await Promise.allSettled(underWay)),
    /** Starts the first thread ahead of the first invocation. */
    warm: async (): Promise<void> => {
      if (all.size > 0 || stopped) return
      const environment = start()
      await environment.ready
      giveBack(environment)
    },
    /**
     * Ends every thread at once, whatever it is doing: what it was to answer fails, what it had in mind is
     * gone.
     */
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
