import type { IncomingMessage } from 'node:http'
import { authenticate } from './iam/authenticate.ts'
import type { Service } from './iam/authentication-failures.ts'
import { authorize } from './iam/authorize.ts'
import type { RequestContext } from './iam/context.ts'
import type { Principals, Session } from './iam/principals.ts'

/** A refusal that each service renders in its own protocol. */
class Refused extends Error {
  readonly code: string
  readonly status: number
  constructor(code: string, status: number, message: string) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** The two checks of every request to a service: the signature, and the role's permission. Both throw. */
export const serviceAccess = (principals: Principals, service: Service, warn: (line: string) => void) => ({
  authenticate: async (
    { method = '', url = '', headers }: IncomingMessage,
    body: Buffer,
  ): Promise<Session> => {
    const identity = await authenticate(principals, { service, method, url, headers, body })
    if (identity.outcome === 'refused') throw new Refused(identity.code, identity.status, identity.message)
    return identity.session
  },
  authorize: (
    session: Session,
    { action, resource, context }: { action: string; resource: string; context?: RequestContext },
  ): void => {
    const decision = authorize(session, {
      action,
      resource,
      ...(context ? { context } : {}),
    })
    if (decision.outcome === 'allowed') return
    // The answer to the caller does not say which permission is missing, but a developer needs to know.
    warn(decision.message)
    throw new Refused('AccessDeniedException', 400, decision.message)
  },
})
