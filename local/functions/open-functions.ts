import type { Clock } from '../clock.ts'
import type { Principals, Session } from '../iam/principals.ts'
import type { QueueAccess } from '../queues/queue-access.ts'
import { sendOrLose } from '../queues/send-or-lose.ts'
import { assumeAsService } from '../roles.ts'
import { asyncInvoker } from './async-invocation.ts'
import type { DeclaredFunction } from './from-template.ts'
import { FunctionError } from './function-error.ts'
import { createFunction, type LambdaFunction } from './function-host.ts'
import type { InvocationStore } from './invocation-store.ts'

type Needs = {
  principals: Principals
  queues: QueueAccess
  clock: Clock
  followClock: boolean
  region: string
  /** The endpoints of the functions' SDK clients, by variable: `AWS_ENDPOINT_URL_…`. */
  endpoints: Readonly<Record<string, string>>
  log: (functionName: string, line: string) => void
  /** Holds accepted asynchronous invocations. */
  invocations: InvocationStore
}

const open = async (declaredFunction: DeclaredFunction, needs: Needs) => {
  const { logicalId, settings, roleArn, deadLetterArn } = declaredFunction
  const { session, credentials } = await assumeAsService(needs.principals, {
    roleArn,
    service: 'lambda.amazonaws.com',
    sourceArn: settings.arn,
    sessionName: settings.name,
  })
  const host = createFunction(settings, {
    clock: needs.clock,
    followClock: needs.followClock,
    log: needs.log,
    variables: () => ({
      AWS_REGION: needs.region,
      AWS_DEFAULT_REGION: needs.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      ...needs.endpoints,
      // A webhook receiver on this machine has no trusted certificate. Deployed functions never have this
      // variable.
      WEBHOOK_LOOPBACK: 'allow',
    }),
  })
  // Lambda refuses to create a function whose role may not send to its dead-letter queue.
  if (deadLetterArn !== undefined) needs.queues.check(session, ['sqs:SendMessage'], deadLetterArn)
  const fn = withFaults(host)
  const invoker = invokerOf(fn, session, declaredFunction, needs)
  return {
    ...fn,
    logicalId,
    session,
    startAsync: invoker.start,
    resume: invoker.resume,
    stop: async (): Promise<void> => {
      invoker.stop()
      await fn.stop()
    },
  }
}

const invokerOf = (
  fn: LambdaFunction,
  session: Session,
  { deadLetterArn }: DeclaredFunction,
  { clock, queues, invocations, log }: Needs,
) => {
  const deadLetter = (event: unknown): void => {
    if (deadLetterArn === undefined) return
    sendOrLose(
      () => queues.sendAsRole(session, deadLetterArn, JSON.stringify(event)),
      (why) => log(fn.settings.name, why),
    )
  }
  return asyncInvoker(fn, deadLetter, { clock, store: invocations })
}

/** Lets a test make a function's next invocations fail, as an outage of Lambda would. */
const withFaults = (host: LambdaFunction) => {
  let failing = 0
  return {
    ...host,
    failNext: (times: number): void => {
      failing = times
    },
    invoke: async (event: unknown, requestId?: string): Promise<unknown> => {
      if (failing > 0) {
        failing--
        throw new FunctionError('ServiceException', 'failed on request of a test')
      }
      return host.invoke(event, requestId)
    },
  }
}

export type OpenFunction = Awaited<ReturnType<typeof open>>

/**
 * Every function of the template, each with credentials of its own role, found by ARN or name.
 * @throws Error that names the function whose role does not trust Lambda or lacks a permission.
 */
export const openFunctions = async (declaredFunctions: readonly DeclaredFunction[], needs: Needs) => {
  const functions = await Promise.all(declaredFunctions.map((one) => open(one, needs)))
  const byName = new Map(
    functions.flatMap((one) => [
      [one.settings.arn, one],
      [one.settings.name, one],
    ]),
  )
  return {
    all: functions,
    /** @throws Error when the template has no such function. */
    find: (name: string): OpenFunction => {
      const found = byName.get(name)
      if (!found) throw new Error(`${name} is no function of the template`)
      return found
    },
    /** Starts the first thread of each function, one after the other, so that other work is not delayed. */
    warm: async (): Promise<void> => {
      for (const one of functions) await one.warm()
    },
    /** Resumes invocations that an earlier run had accepted. */
    resume: (): void => functions.forEach((one) => void one.resume()),
    stop: async (): Promise<void> => void (await Promise.all(functions.map((one) => one.stop()))),
  }
}
export type Functions = Awaited<ReturnType<typeof openFunctions>>
