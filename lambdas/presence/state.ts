import type { Mode } from '../../protocols/dji-dock/modes.ts'
import { compareConnections, type PresenceRegisters } from './registers.ts'

/** Computes whether a dock is online from what is known and the time. Pure; all times epoch ms. */

/**
 * The dock's newest message about itself and its aircraft. A dock waits for the answer to its own. A message
 * that asks for no answer may be its last will, which the broker publishes after the dock has left: it is no
 * sign of life.
 */
export type Topology = {
  at: number
  aircraft: readonly { sn: string; model?: string | undefined }[]
  dockModel?: string | undefined
  asksNothing?: boolean | undefined
}

export type Known = {
  registers: PresenceRegisters
  topology?: Topology | undefined
  /** When the dock last answered a listing request. */
  answeredAt?: number | undefined
}

export const presenceStates = ['online', 'offline', 'unknown'] as const
export type PresenceState = (typeof presenceStates)[number]

/**
 * The sign that a state rests on: the broker's events about the dock's connection, a relay's message, or the
 * dock's own topology.
 */
export const presenceSources = ['connection', 'relay', 'topology'] as const
export type PresenceSource = (typeof presenceSources)[number]

export type Standing =
  | { state: 'online' | 'offline'; since: number; source: PresenceSource }
  | { state: 'unknown' }

/** A dock reconnects at least once a day: a gap of up to this length is no absence. */
const gapMs = 60_000
/** How long a relay's message is valid: the relay repeats it once an hour. */
const relayHoldsMs = 2 * 3_600_000
/** How long a topology alone shows that the dock is online. */
const topologyHoldsMs = 2 * 60_000
/** A message sent before the end may arrive up to this much after it. */
const onItsWayMs = 5_000
/** How far a relay's clock may be ahead. */
const clockAheadMs = 60_000

type Sign = { online: boolean; at: number; since: number; source: PresenceSource }

export const standingOf = (known: Known, now: number): Standing => {
  const signs = [connectionSign(known.registers, now), relaySign(known.registers, now)].filter(
    (sign) => sign !== undefined,
  )
  const standing = newest(signs.filter(({ online }) => online).filter((sign) => !isRefuted(sign, signs)))
  if (standing) return { state: 'online', since: standing.since, source: standing.source }
  const gone = newest(signs.filter(({ online }) => !online))
  if (gone && signAfter(known) <= gone.at + onItsWayMs)
    return { state: 'offline', since: gone.since, source: gone.source }
  const spokeAt = topologySign(known)
  return now < spokeAt + topologyHoldsMs
    ? { state: 'online', since: spokeAt, source: 'topology' }
    : { state: 'unknown' }
}

/** When the state may change by time alone, epoch ms; undefined: never. It may turn out unchanged. */
export const changesAt = ({ disconnected, relay }: PresenceRegisters, now: number): number | undefined => {
  const times = [disconnected && disconnected.heardAt + gapMs, relay && relay.heardAt + relayHoldsMs]
  const ahead = times.filter((at) => at !== undefined && at > now)
  return ahead.length > 0 ? Math.min(...ahead.filter((at) => at !== undefined)) : undefined
}

const topologySign = ({ topology }: Known): number => (topology && !topology.asksNothing ? topology.at : 0)

const newest = (signs: readonly Sign[]): Sign | undefined =>
  signs.reduce<Sign | undefined>((found, sign) => (found && found.at >= sign.at ? found : sign), undefined)

/**
 * A connection counts until its end is reported, and that event may be lost: a relay that saw the dock leave
 * later is right. The reverse does not hold: a dock that moves behind a relay leaves its old connection
 * behind.
 */
const isRefuted = ({ source, at }: Sign, signs: readonly Sign[]): boolean =>
  source === 'connection' && signs.some((other) => other.source === 'relay' && !other.online && other.at > at)

const connectionSign = ({ connected, disconnected }: PresenceRegisters, now: number): Sign | undefined => {
  const source = 'connection' as const
  const isOver = disconnected && (!connected || compareConnections(disconnected, connected) >= 0)
  if (!isOver) return connected && { online: true, at: connected.heardAt, since: connected.heardAt, source }
  const { heardAt } = disconnected
  if (now < heardAt + gapMs)
    return { online: true, at: heardAt, since: Math.min(connected?.heardAt ?? heardAt, heardAt), source }
  return { online: false, at: heardAt, since: heardAt, source }
}

const relaySign = ({ relay }: PresenceRegisters, now: number): Sign | undefined => {
  if (!relay || now >= relay.heardAt + relayHoldsMs) return undefined
  const { online, heardAt } = relay
  const since = Math.min(relay.since ?? heardAt, heardAt)
  // The relay repeats that the dock is gone; that is no new departure.
  return { online, at: online ? heardAt : since, since, source: 'relay' }
}

/** The newest sign of life of any kind: it may come by a way that reports no connections. */
const signAfter = (known: Known): number => {
  const { connected, relay, firmware } = known.registers
  return Math.max(
    0,
    connected?.heardAt ?? 0,
    relay?.online ? relay.heardAt : 0,
    firmware?.heardAt ?? 0,
    topologySign(known),
    known.answeredAt ?? 0,
  )
}

/**
 * When a dock last came online, epoch ms; 0 for never. It connects and sends its topology after a restart of
 * its own or of its aircraft. A relay whose clock is ahead shows no restart: each of its messages would look
 * like one.
 */
export const cameAt = (known: Known): number => {
  const { connected, relay } = known.registers
  const { since = 0, heardAt = 0 } = relay?.online ? relay : {}
  const relayed = since <= heardAt + clockAheadMs ? Math.min(since, heardAt) : 0
  return Math.max(connected?.heardAt ?? 0, relayed, topologySign(known))
}

/** Whether a command would certainly be lost. False if the state is unknown. */
export const isOffline = (known: Known, now: number): boolean => standingOf(known, now).state === 'offline'

export type Aircraft = { sn: string; model?: string | undefined; on?: boolean | undefined }

/**
 * The aircraft that the dock is known to speak for; `also`: those that it or a person named before. The newer
 * of topology and relay says which are switched on, as long as the dock is online.
 */
export const aircraftOf = (
  known: Known,
  now: number,
  also: readonly string[] = [],
): Aircraft[] | undefined => {
  const { topology, registers } = known
  const relay = relaySign(registers, now)?.online ? registers.relay : undefined
  if (!topology && !registers.relay) return undefined
  const relayed = relay && relay.heardAt > (topology?.at ?? 0) ? relay.aircraft : undefined
  const on = new Set(relayed ?? topology?.aircraft.map(({ sn }) => sn))
  const isThere = standingOf(known, now).state === 'online'
  const sns = new Set([
    ...(topology?.aircraft ?? []).map(({ sn }) => sn),
    ...(registers.relay?.aircraft ?? []),
    ...also,
  ])
  return [...sns].map((sn) => ({
    sn,
    model: topology?.aircraft.find((one) => one.sn === sn)?.model,
    on: isThere ? on.has(sn) : undefined,
  }))
}

/**
 * Versions by serial number: the newer of the machine's own report and the relay's. `own`: registers of the
 * dock's aircraft, which report on topics of their own.
 */
export const firmwareOf = (
  { registers }: Known,
  own: Readonly<Record<string, PresenceRegisters>>,
): Record<string, string> | undefined => {
  const { relay } = registers
  const spoken = Object.entries(own).flatMap(([sn, { firmware }]) => {
    const isNewest = firmware && (relay?.firmware[sn] === undefined || firmware.heardAt >= relay.heardAt)
    return isNewest ? [[sn, firmware.version] as const] : []
  })
  const all = { ...relay?.firmware, ...Object.fromEntries(spoken) }
  return Object.keys(all).length > 0 ? all : undefined
}

/** The dock's mode, while the relay's message is valid. */
export const modeOf = ({ registers }: Known, now: number): Mode | undefined =>
  relaySign(registers, now)?.online ? registers.relay?.mode : undefined
