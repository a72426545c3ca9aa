import type { Traffic } from '../../protocols/dji-dock/traffic.ts'
import { limits } from '../aws-limits.ts'

/**
 * Which messages of docks cross to the cloud. `platform`: Groundcrew is the docks' only platform, so it gets what
 * they ask for and what they repeat until it is answered.
 */

/** Why a message stays here; operators see and count these words. */
export type Reason =
  | 'retained'
  | 'unreadable'
  | 'unknownTopic'
  | 'otherDock'
  | 'telemetry'
  | 'otherWork'
  | 'sameAlarms'
  | 'ofAnotherPlatform'
  | 'brokerAway'
  | 'tooLarge'

/** The alarms that the cloud was told last, and when, by the serial number that raised them. */
export type Told = ReadonlyMap<string, { list: string; at: number }>

/**
 * Alarms that stand are said again after so long: in the cloud what nobody says for three minutes has cleared
 * (ADR 0038).
 */
const alarmsAgainAfterMs = 60_000

/** `isForeign`: of no dock that this relay is for, or said in the name of another. */
type Said = { traffic: Traffic | undefined; bytes: number; isRetained: boolean; isForeign: boolean }

/** Why a message stays here; undefined if it crosses. Pure. */
export const reasonToDrop = (
  { traffic, bytes, isRetained, isForeign }: Said,
  { told, platform, now }: { told: Told; platform: boolean; now: number },
): Reason | undefined => {
  if (!traffic) return 'unknownTopic'
  // What AWS refuses ends the connection, and would come again on the next.
  if (bytes > limits.payloadBytes) return 'tooLarge'
  if (isForeign) return 'otherDock'
  // A broker sends what is retained at each connect, as if it were new.
  if (isRetained) return 'retained'
  switch (traffic.kind) {
    case 'remoteLog':
    case 'upgrade':
    case 'debug':
      return undefined
    case 'flightEnd':
      return undefined
    case 'alarms': {
      // Every two seconds, mostly with an empty list: what never was raised need not be cleared.
      const { list, at } = told.get(traffic.sn) ?? { list: '', at: now }
      const isDue = traffic.list !== '' && now - at >= alarmsAgainAfterMs
      return traffic.list === list && !isDue ? 'sameAlarms' : undefined
    }
    case 'request':
    case 'topology':
      return platform ? undefined : 'ofAnotherPlatform'
    case 'unreadable':
      return 'unreadable'
    case 'situation':
      return 'telemetry'
    case 'firmware':
    case 'other':
      if (!traffic.needsReply) return traffic.kind === 'other' ? 'otherWork' : 'telemetry'
      return platform ? undefined : 'ofAnotherPlatform'
  }
}
