import * as z from 'zod/mini'
import { type Mode, modes } from '../dji-dock/modes.ts'
import { dockSnPattern } from '../dji-remote-log/topics.ts'
import { isFields, parseJson } from '../json.ts'

/**
 * Reads a relay's messages about docks into our own terms. README.md describes the message. Total and pure:
 * any bytes give an outcome, nothing throws.
 */

/** Times are epoch ms. `aircraft`: those that are switched on; `firmware`: by serial number. */
export type RelayedPresence = {
  online: boolean
  since?: number
  aircraft: string[]
  firmware: Record<string, string>
  mode?: Mode
}

/** Stable names: operators see and count them. */
export type Reason = 'notJson' | 'notAnObject' | 'noOnline'

export type Read =
  | { outcome: 'understood'; presence: RelayedPresence; dropped: string[] }
  /** An empty message deletes a retained one, and says nothing about the dock. */
  | { outcome: 'ignored' }
  | { outcome: 'notUnderstood'; reason: Reason; path: string }

/** A dock has one aircraft, some have two; their parts have versions of their own. */
const max = { aircraft: 4, firmware: 8 }

const Sn = z.string().check(z.regex(dockSnPattern))
const Version = z.string().check(z.regex(/^[\x21-\x7e]{1,64}$/))
/** Until the year 5138; values before 2001 are seconds, which no relay sends. */
const Milliseconds = z.int().check(z.gte(1e12), z.lte(1e14))
const Since = z.union([
  Milliseconds,
  z.pipe(z.pipe(z.iso.datetime({ offset: true }), z.transform(Date.parse)), Milliseconds),
])
const ModeName = z.union([
  z.enum(modes),
  z.pipe(
    z.int().check(z.gte(0), z.lt(modes.length)),
    z.transform((code) => modes[code]),
  ),
])

export const readRelayedPresence = (payload: Uint8Array): Read => {
  if (payload.length === 0) return { outcome: 'ignored' }
  const message = parseJson(payload)
  if (message === undefined) return { outcome: 'notUnderstood', reason: 'notJson', path: '' }
  if (!isFields(message)) return { outcome: 'notUnderstood', reason: 'notAnObject', path: '' }
  const { online } = message
  if (typeof online !== 'boolean') return { outcome: 'notUnderstood', reason: 'noOnline', path: 'online' }
  const dropped: string[] = []
  const field = <T>(name: string, schema: z.ZodMiniType<T>): T | undefined => {
    const value = message[name]
    if (value === undefined || value === null) return undefined
    const read = schema.safeParse(value)
    if (read.success) return read.data
    dropped.push(name)
    return undefined
  }
  const since = field('since', Since)
  const mode = field('mode', ModeName)
  const aircraft = listOf(message.aircraft, max.aircraft, dropped)
  const firmware = versionsOf(message.firmware, max.firmware, dropped)
  const given = { ...(since === undefined ? {} : { since }), ...(mode === undefined ? {} : { mode }) }
  return { outcome: 'understood', presence: { online, aircraft, firmware, ...given }, dropped }
}

const listOf = (value: unknown, atMost: number, dropped: string[]): string[] => {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) {
    dropped.push('aircraft')
    return []
  }
  const read = [...new Set(value.filter((sn): sn is string => Sn.safeParse(sn).success))].slice(0, atMost)
  if (read.length < value.length) dropped.push('aircraft[]')
  return read
}

const versionsOf = (value: unknown, atMost: number, dropped: string[]): Record<string, string> => {
  if (value === undefined || value === null) return {}
  if (!isFields(value)) {
    dropped.push('firmware')
    return {}
  }
  const all = Object.entries(value)
  const read = all.flatMap(([sn, version]) => {
    const parsed = Version.safeParse(version)
    return Sn.safeParse(sn).success && parsed.success ? [[sn, parsed.data] as const] : []
  })
  if (Math.min(read.length, atMost) < all.length) dropped.push('firmware[]')
  return Object.fromEntries(read.slice(0, atMost))
}
