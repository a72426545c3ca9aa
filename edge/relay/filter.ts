import type { Traffic } from '../../protocols/dji-dock/traffic.ts'
import { limits } from '../aws-limits.ts'

/**
 * Decides which messages of docks cross to the cloud. `platform`: Groundcrew is the docks' only platform, so
 * it gets their requests and the messages that they repeat until an answer comes.
 */

/** Why a message is dropped; operators see and count these words. */
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

/** The alarms last sent to the cloud, and when, by the serial number that raised them. */
export type SentAlarms = ReadonlyMap<string, { list: string; at: number }>

/**
 * Standing alarms are repeated after this time: in the cloud an alarm clears after three minutes without a
 * report (ADR 0038).
 */
const alarmsAgainAfterMs = 60_000

/** `isForeign`: not of a dock of this relay, or sent in the name of another. */
type Candidate = { traffic: Traffic | undefined; bytes: number; isRetained: boolean; isForeign: boolean }

/** Why a message is dropped; undefined if it crosses. Pure. */
export const reasonToDrop = (
  { traffic, bytes, isRetained, isForeign }: Candidate,
  { sentAlarms, platform, now }: { sentAlarms: SentAlarms; platform: boolean; now: number },
): Reason | undefined => {
  if (!traffic) return 'unknownTopic'
  // A message that AWS refuses ends the connection, and would come again on the next.
  if (bytes > limits.payloadBytes) return 'tooLarge'
  if (isForeign) return 'otherDock'
  // A broker sends retained messages at each connect, as if they were new.
  if (isRetained) return 'retained'
  switch (traffic.kind) {
    case 'remoteLog':
    case 'upgrade':
    case 'debug':
      return undefined
    case 'flightEnd':
      return undefined
    case 'alarms': {
      // These come every two seconds, mostly with an empty list; an alarm that was never raised need not be
      // cleared.
      const { list, at } = sentAlarms.get(traffic.sn) ?? { list: '', at: now }
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
