import type { Mode } from '../../protocols/dji-dock/modes.ts'
import { compareConnections, type PresenceRegisters } from './registers.ts'

/** Whether a dock is there, worked out from what is known of it and the time. Pure; all times epoch ms. */

/**
 * The dock's newest word on itself and its aircraft. A dock waits for an answer to its own. One that asks for
 * none may be its last will, which its broker says once the dock is gone: that is no sign of life.
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
  /** When the dock last answered with a listing. */
  answeredAt?: number | undefined
}

export const presenceStates = ['online', 'offline', 'unknown'] as const
export type PresenceState = (typeof presenceStates)[number]

/**
 * The sign that a state rests on: the broker's word on the dock's own connection, a relay's, or the dock's
 * own on its aircraft.
 */
export const presenceSources = ['connection', 'relay', 'topology'] as const
export type PresenceSource = (typeof presenceSources)[number]

export type Standing =
  | { state: 'online' | 'offline'; since: number; source: PresenceSource }
  | { state: 'unknown' }

/** A dock's connection ends at least once a day, and comes again: a gap of this length is no absence. */
const gapMs = 60_000
/** What a relay says holds for so long: it says it again once an hour. */
const relayHoldsMs = 2 * 3_600_000
/** A topology alone says that the dock was there a moment ago. */
const topologyHoldsMs = 2 * 60_000
/** What was said before the end may arrive so much after it. */
const onItsWayMs = 5_000

type Word = { online: boolean; at: number; since: number; source: PresenceSource }

export const standingOf = (known: Known, now: number): Standing => {
  const words = [connectionWord(known.registers, now), relayWord(known.registers, now)].filter(
    (word) => word !== undefined,
  )
  const standing = newest(words.filter(({ online }) => online).filter((word) => !isTakenBack(word, words)))
  if (standing) return { state: 'online', since: standing.since, source: standing.source }
  const gone = newest(words.filter(({ online }) => !online))
  if (gone && signAfter(known) <= gone.at + onItsWayMs)
    return { state: 'offline', since: gone.since, source: gone.source }
  const spokeAt = topologySign(known)
  return now < spokeAt + topologyHoldsMs
    ? { state: 'online', since: spokeAt, source: 'topology' }
    : { state: 'unknown' }
}

/**
 * When time alone will change what the registers mean, epoch ms; undefined: never. It may turn out to change
 * nothing.
 */
export const changesAt = ({ disconnected, relay }: PresenceRegisters, now: number): number | undefined => {
  const times = [disconnected && disconnected.heardAt + gapMs, relay && relay.heardAt + relayHoldsMs]
  const ahead = times.filter((at) => at !== undefined && at > now)
  return ahead.length > 0 ? Math.min(...ahead.filter((at) => at !== undefined)) : undefined
}

const topologySign = ({ topology }: Known): number => (topology && !topology.asksNothing ? topology.at : 0)

const newest = (words: readonly Word[]): Word | undefined =>
  words.reduce<Word | undefined>((found, word) => (found && found.at >= word.at ? found : word), undefined)

/**
 * A connection stands until its end is told, and that word may be lost: a relay that saw the dock leave later
 * is right. What a relay says does not end with a connection: a dock that moved behind it leaves one behind.
 */
const isTakenBack = ({ source, at }: Word, words: readonly Word[]): boolean =>
  source === 'connection' && words.some((other) => other.source === 'relay' && !other.online && other.at > at)

const connectionWord = ({ connected, disconnected }: PresenceRegisters, now: number): Word | undefined => {
  const source = 'connection' as const
  const isOver = disconnected && (!connected || compareConnections(disconnected, connected) >= 0)
  if (!isOver) return connected && { online: true, at: connected.heardAt, since: connected.heardAt, source }
  const { heardAt } = disconnected
  if (now < heardAt + gapMs)
    return { online: true, at: heardAt, since: Math.min(connected?.heardAt ?? heardAt, heardAt), source }
  return { online: false, at: heardAt, since: heardAt, source }
}

const relayWord = ({ relay }: PresenceRegisters, now: number): Word | undefined => {
  if (!relay || now >= relay.heardAt + relayHoldsMs) return undefined
  const { online, heardAt } = relay
  const since = Math.min(relay.since ?? heardAt, heardAt)
  // It repeats that a dock is gone, which does not make it go again.
  return { online, at: online ? heardAt : since, since, source: 'relay' }
}

/** The newest sign of life of any kind. A dock may have gone where nobody tells whether it is connected. */
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
 * When a dock was last seen to come, epoch ms; 0 for never. It connects and tells its topology after a restart,
 * its own or its aircraft's.
 */
export const cameAt = (known: Known): number => {
  const { connected, relay } = known.registers
  const relayed = relay?.online ? (relay.since ?? 0) : 0
  return Math.max(connected?.heardAt ?? 0, relayed, topologySign(known))
}

/** Whether a command can only come to nothing. What is not known is not claimed. */
export const isAbsent = (known: Known, now: number): boolean => standingOf(known, now).state === 'offline'

export type Aircraft = { sn: string; model?: string | undefined; on?: boolean | undefined }

/**
 * The aircraft that the dock is known to speak for, `also` those that it or a person named before. Which of
 * them are on is told by the newer of topology and relay, as long as the dock is there.
 */
export const aircraftOf = (
  known: Known,
  now: number,
  also: readonly string[] = [],
): Aircraft[] | undefined => {
  const { topology, registers } = known
  const relay = relayWord(registers, now)?.online ? registers.relay : undefined
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
 * Versions by serial number: the newer of the machine's own word and the relay's. `own`: registers of the
 * dock's aircraft, which speak on topics of their own.
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

/** What the dock is at, as far as the relay's word holds. */
export const modeOf = ({ registers }: Known, now: number): Mode | undefined =>
  relayWord(registers, now)?.online ? registers.relay?.mode : undefined
