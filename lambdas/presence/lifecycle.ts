import * as z from 'zod/mini'
import { parseJson } from '../../protocols/json.ts'
import type { Receipt } from '../queue/receipt.ts'
import type { PresenceRegisters } from './registers.ts'

/**
 * IoT Core's word on a client, as far as we need it. It may come twice, and out of order; a connection's two
 * events have one version.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
const Event = z.object({
  eventType: z.enum(['connected', 'disconnected']),
  timestamp: z.int().check(z.nonnegative()),
  versionNumber: z.int().check(z.nonnegative()),
})

/** What an event makes known; undefined for what is none. */
export const readLifecycle = (
  payload: Uint8Array,
  { receivedAt }: Receipt,
): PresenceRegisters | undefined => {
  const read = Event.safeParse(parseJson(payload))
  if (!read.success) return undefined
  const { eventType, timestamp: at, versionNumber: version } = read.data
  return { [eventType]: { version, at, heardAt: receivedAt } }
}
