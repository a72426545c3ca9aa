import type { Chaos } from '../queues/chaos.ts'
import type { ClientAction } from './client-action.ts'
import type { CustomAuthOptions } from './custom-auth.ts'
import type { Edge } from './edge.ts'
import type { BrokerLimits } from './limits.ts'

/** What of the stack's clock the broker goes by. */
export type BrokerClock = { now: () => number; after: (ms: number, run: () => void) => () => void }

export type BrokerOptions = {
  host: string
  /** 0 takes any free port. */
  port: number
  /** The IoT policy; everything is allowed without one. */
  authorize?: (action: ClientAction) => boolean
  /** Before it says so, clients are told that the server is unavailable. @default open at once */
  isOpen?: () => boolean
  limits?: Partial<BrokerLimits>
  /** A second port whose clients log in and see the topics as at an edge broker. */
  edge?: Edge & { port: number }
  /** A third port whose clients an authorizer is asked about. */
  docks?: CustomAuthOptions & { port: number }
  /** How many messages the listeners work on at once. @default 64 */
  maxConcurrentMessages?: number
  /** @default the machine's */
  clock?: BrokerClock
  /** Told, a line each, of clients that are refused, for whatever reason. */
  warn?: (line: string) => void
  /** What becomes of lifecycle events on their way. @default each comes once, in order */
  chaos?: Pick<Chaos, 'copies' | 'delayMs'>
  /** See `createLifecycle`. @default 0 */
  firstVersion?: number
}
