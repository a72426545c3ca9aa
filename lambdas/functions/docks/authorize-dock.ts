import { dockAuthorizer } from '../../accounts/authorize.ts'
import { refusalLogger } from '../../accounts/log-refusals.ts'
import type { AuthorizerAnswer } from '../../accounts/policy.ts'
import { accountStore } from '../../accounts/store.ts'
import { env as names, required } from '../../runtime/env.ts'
import { counting } from '../../runtime/telemetry.ts'
import { type Invocation, inTime } from '../../runtime/time-left.ts'
import { connectTable } from '../../table/client.ts'

/**
 * The custom authorizer of the docks' endpoint at IoT Core, which waits five seconds for the answer. An error
 * refuses the connection, and the dock tries again.
 */

let authorize: ((event: unknown) => Promise<AuthorizerAnswer>) | undefined

const wire = (env: NodeJS.ProcessEnv) =>
  dockAuthorizer({
    accounts: accountStore(connectTable(env)),
    iot: required(env, names.iotArn)[names.iotArn],
    now: Date.now,
    refused: refusalLogger(Date.now),
  })

export const handler = (event: unknown, invocation?: Invocation): Promise<AuthorizerAnswer> =>
  inTime(invocation, () =>
    counting(() => {
      authorize ??= wire(process.env)
      return authorize(event)
    }),
  )
