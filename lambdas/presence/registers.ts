import * as z from 'zod/mini'
import { modes } from '../../protocols/dji-dock/modes.ts'
import type { Receipt } from '../queue/receipt.ts'

/**
 * What is known of whether a dock is there: pk `DOCK#{dockSn}`, sk `PRESENCE`, each register under its own
 * order, so that neither the order of messages nor their repeats matter. Pure.
 */

/**
 * The newest word of the broker that the dock's client connected, or that its connection ended. `at` is the
 * event's own time, right to two minutes; `heardAt` is when our rule got it. Both epoch ms.
 */
const Connection = z.object({ version: z.number(), at: z.number(), heardAt: z.number() })
export type Connection = z.infer<typeof Connection>

const Heard = { order: z.string(), heardAt: z.number() }

/** The relay's newest word. `aircraft` are those that are on. */
const Relay = z.object({
  ...Heard,
  online: z.boolean(),
  since: z.optional(z.number()),
  aircraft: z.array(z.string()),
  firmware: z.record(z.string(), z.string()),
  mode: z.optional(z.enum(modes)),
})

/** What the machine of this serial number runs: an aircraft has a register of its own, in its partition. */
const Firmware = z.object({ ...Heard, version: z.string() })

export const PresenceRegisters = z.object({
  connected: z.optional(Connection),
  disconnected: z.optional(Connection),
  relay: z.optional(Relay),
  firmware: z.optional(Firmware),
})
export type PresenceRegisters = z.infer<typeof PresenceRegisters>

/**
 * Versions of a client's connections grow, and begin again at 0 when it was away for about an hour. So what
 * is further apart than this is told by its time, which is right to two minutes, and the rest by its version.
 * For histories that can be this is one order of all events.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
export const tellsByTimeMs = 30 * 60_000

/** Positive: `one` is of a later connection than `other`. Zero: of the same. */
export const compareConnections = (one: Connection, other: Connection): number =>
  Math.abs(one.at - other.at) >= tellsByTimeMs ? one.at - other.at : one.version - other.version

/** The greater, the later; of the same moment any fixed rule will do. */
export const orderOf = ({ receivedAt, receiptId, place = 0 }: Receipt): string =>
  `${String(receivedAt).padStart(13, '0')}${String(place).padStart(5, '0')}${receiptId.slice(0, 2)}`

const isAhead = {
  connected: (one: Connection, other: Connection) => compareConnections(one, other) > 0,
  disconnected: (one: Connection, other: Connection) => compareConnections(one, other) > 0,
  relay: (one: { order: string }, other: { order: string }) => one.order > other.order,
  firmware: (one: { order: string }, other: { order: string }) => one.order > other.order,
}

const newer = <Fact>(one: Fact | undefined, more: Fact | undefined, ahead: (a: Fact, b: Fact) => boolean) =>
  one && more ? (ahead(more, one) ? more : one) : (more ?? one)

/** The registers with what else was made known. */
export const merge = (known: PresenceRegisters, more: PresenceRegisters): PresenceRegisters => ({
  connected: newer(known.connected, more.connected, isAhead.connected),
  disconnected: newer(known.disconnected, more.disconnected, isAhead.disconnected),
  relay: newer(known.relay, more.relay, isAhead.relay),
  firmware: newer(known.firmware, more.firmware, isAhead.firmware),
})
