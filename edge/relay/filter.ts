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

/** The alarms that the cloud was told last, by the serial number that raised them. */
export type Told = ReadonlyMap<string, string>

/** `isForeign`: of no dock that this relay is for, or said in the name of another. */
type Said = { traffic: Traffic | undefined; bytes: number; isRetained: boolean; isForeign: boolean }

/** Why a message stays here; undefined if it crosses. Pure. */
export const reasonToDrop = (
  { traffic, bytes, isRetained, isForeign }: Said,
  { told, platform }: { told: Told; platform: boolean },
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
    case 'alarms':
      // Every two seconds, mostly with an empty list: what never was raised need not be cleared.
      return (told.get(traffic.sn) ?? '') === traffic.list ? 'sameAlarms' : undefined
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
