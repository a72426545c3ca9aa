import type { Chaos } from '../queues/chaos.ts'
import type { ClientAction } from './client-action.ts'
import type { CustomAuthOptions } from './custom-auth.ts'
import type { Edge } from './edge.ts'
import type { BrokerLimits } from './limits.ts'

/** The part of the stack's clock that the broker uses. */
export type BrokerClock = { now: () => number; after: (ms: number, run: () => void) => () => void }

export type BrokerOptions = {
  host: string
  /** 0 takes any free port. */
  port: number
  /** The IoT policy; without one everything is allowed. */
  authorize?: (action: ClientAction) => boolean
  /** While it returns false, clients are told that the server is unavailable. @default open at once */
  isOpen?: () => boolean
  limits?: Partial<BrokerLimits>
  /** A second port, whose clients log in and see the topics as at an edge broker. */
  edge?: Edge & { port: number }
  /** A third port, whose clients a custom authorizer decides about. */
  docks?: CustomAuthOptions & { port: number }
  /** How many messages the listeners process at once. @default 64 */
  maxConcurrentMessages?: number
  /** @default the machine's clock */
  clock?: BrokerClock
  /** Called with one line for each refused client. */
  warn?: (line: string) => void
  /** Delays and duplicates of lifecycle events. @default each comes once, in order */
  chaos?: Pick<Chaos, 'copies' | 'delayMs'>
  /** See `createLifecycle`. @default 0 */
  firstVersion?: number
}
