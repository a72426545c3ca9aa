import * as z from 'zod/mini'
import { parseJson } from '../../protocols/json.ts'
import type { Receipt } from '../queue/receipt.ts'
import type { PresenceRegisters } from './registers.ts'

/**
 * IoT Core's event about a client, as far as we need it. Events may repeat and come out of order; the two
 * events of a connection have the same version.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
const Event = z.object({
  eventType: z.enum(['connected', 'disconnected']),
  timestamp: z.int().check(z.nonnegative()),
  versionNumber: z.int().check(z.nonnegative()),
})

/** The registers of an event; undefined: the payload is none. */
export const readLifecycle = (
  payload: Uint8Array,
  { receivedAt }: Receipt,
): PresenceRegisters | undefined => {
  const read = Event.safeParse(parseJson(payload))
  if (!read.success) return undefined
  const { eventType, timestamp: at, versionNumber: version } = read.data
  return { [eventType]: { version, at, heardAt: receivedAt } }
}
