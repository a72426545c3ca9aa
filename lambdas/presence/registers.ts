import * as z from 'zod/mini'
import { modes } from '../../protocols/dji-dock/modes.ts'
import type { Receipt } from '../queue/receipt.ts'

/**
 * What is known about a dock's presence: pk `DOCK#{dockSn}`, sk `PRESENCE`. Each register has its own order,
 * so that neither the order of messages nor repeats matter. Pure.
 */

/**
 * The broker's newest event that the dock's client connected, or that its connection ended. `at` is the
 * event's own time, accurate to two minutes; `heardAt` is when our rule received it. Both epoch ms.
 */
const Connection = z.object({ version: z.number(), at: z.number(), heardAt: z.number() })
export type Connection = z.infer<typeof Connection>

const Heard = { order: z.string(), heardAt: z.number() }

/** The relay's newest message. `aircraft`: those that are switched on. */
const Relay = z.object({
  ...Heard,
  online: z.boolean(),
  since: z.optional(z.number()),
  aircraft: z.array(z.string()),
  firmware: z.record(z.string(), z.string()),
  mode: z.optional(z.enum(modes)),
})

/** The firmware of the machine with this serial number: an aircraft's register is in its own partition. */
const Firmware = z.object({ ...Heard, version: z.string() })

export const PresenceRegisters = z.object({
  connected: z.optional(Connection),
  disconnected: z.optional(Connection),
  relay: z.optional(Relay),
  firmware: z.optional(Firmware),
})
export type PresenceRegisters = z.infer<typeof PresenceRegisters>

/**
 * Versions of a client's connections grow, but restart at 0 after an absence of about an hour. So events that
 * are further apart than this are ordered by time, which is accurate to two minutes, and others by version.
 * Together this is a total order for all histories that can occur.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
export const orderedByTimeMs = 30 * 60_000

/** Positive: `one` belongs to a later connection than `other`. Zero: to the same. */
export const compareConnections = (one: Connection, other: Connection): number =>
  Math.abs(one.at - other.at) >= orderedByTimeMs ? one.at - other.at : one.version - other.version

/** Sorts by time; ties are broken by any fixed rule. */
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

/** Merges registers: each keeps its newer fact. */
export const merge = (known: PresenceRegisters, more: PresenceRegisters): PresenceRegisters => ({
  connected: newer(known.connected, more.connected, isAhead.connected),
  disconnected: newer(known.disconnected, more.disconnected, isAhead.disconnected),
  relay: newer(known.relay, more.relay, isAhead.relay),
  firmware: newer(known.firmware, more.firmware, isAhead.firmware),
})
