import type { Mode } from '../../protocols/dji-dock/modes.ts'
import type { Traffic } from '../../protocols/dji-dock/traffic.ts'

/** The relay's knowledge of one dock, from its traffic. Times are epoch milliseconds. Pure. */
export type Presence = {
  online: boolean
  /** When it went online or offline. */
  since: number
  heardAt: number
  /** Serial numbers of the aircraft that are on. */
  aircraft: readonly string[]
  /** All aircraft that it has reported on its own topics. */
  known: readonly string[]
  /** Versions by serial number, including the dock's own. */
  firmware: Readonly<Record<string, string>>
  mode?: Mode
}

/**
 * A dock that is silent for this long is absent: at rest it reports at least every two seconds, and a
 * reconnect takes less than a minute.
 */
export const silentAfterMs = 60_000

/** The sending dock: on an aircraft's topic it is named in the message. */
export const dockOf = ({ sn, gatewaySn }: Traffic): string => gatewaySn ?? sn

/** An aircraft and a dock have one version each, a payload none: no dock sends more. */
const mostVersions = 8

/** The presence after a message. */
export const heard = (before: Presence | undefined, traffic: Traffic, at: number): Presence => {
  const known = before?.online
    ? { ...before, heardAt: at }
    : {
        aircraft: [],
        known: before?.known ?? [],
        firmware: before?.firmware ?? {},
        online: true,
        since: at,
        heardAt: at,
      }
  switch (traffic.kind) {
    case 'topology':
      return withKnown({ ...known, aircraft: traffic.aircraft }, traffic.aircraft)
    case 'situation':
      // An aircraft's report has fields with the same names but another meaning.
      if (traffic.sn !== dockOf(traffic)) return known
      return withKnown(
        {
          ...known,
          ...(traffic.mode ? { mode: traffic.mode } : {}),
          ...(traffic.aircraft ? { aircraft: withAircraft(known.aircraft, traffic.aircraft) } : {}),
        },
        traffic.aircraft ? [traffic.aircraft.sn] : [],
      )
    case 'firmware':
      return { ...known, firmware: withVersion(known.firmware, traffic.sn, traffic.version) }
    default:
      return known
  }
}

const withKnown = (presence: Presence, aircraft: readonly string[]): Presence => ({
  ...presence,
  known: [...new Set([...aircraft, ...presence.known])].slice(0, mostVersions),
})

const withAircraft = (
  aircraft: readonly string[],
  { sn, on }: { sn: string; on: boolean },
): readonly string[] => {
  if (aircraft.includes(sn) === on) return aircraft
  return on ? [...aircraft, sn].slice(-mostVersions) : aircraft.filter((other) => other !== sn)
}

const withVersion = (firmware: Presence['firmware'], sn: string, version: string): Presence['firmware'] => {
  if (firmware[sn] === version) return firmware
  return Object.fromEntries(Object.entries({ ...firmware, [sn]: version }).slice(-mostVersions))
}

/** The presence at the time `now`: after a silence absent, since its last message. */
export const asOf = (presence: Presence, now: number): Presence => {
  if (!presence.online || now - presence.heardAt < silentAfterMs) return presence
  const { mode, ...rest } = presence
  return { ...rest, online: false, since: presence.heardAt, aircraft: [] }
}

/** The announcement as JSON text; the same text while nothing has changed. */
export const announcement = ({ online, since, aircraft, firmware, mode }: Presence): string =>
  JSON.stringify({
    online,
    since: new Date(since).toISOString(),
    aircraft: [...aircraft].sort(),
    firmware: Object.fromEntries(Object.entries(firmware).sort()),
    ...(mode ? { mode } : {}),
  })
