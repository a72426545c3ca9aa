/** How far a run of a collection is, and how it ended. */

export const phases = ['waiting', 'waking', 'listing', 'uploading', 'closing', 'ended'] as const
export type Phase = (typeof phases)[number]

/**
 * What a run waits for. `time`: the time whose logs it collects is not over. `turn`: as many docks as may are at
 * work. `dockBusy`: another upload, an upgrade, somebody who debugs it.
 */
export const waits = ['time', 'turn', 'dockBusy', 'dockAway', 'flight'] as const
export type Wait = (typeof waits)[number]

/**
 * `collected`: all is verified. `partial`: some of it. `nothing`: the dock has no such logs. `failed`: `failure`
 * says why. `notInTime`: `waitingFor` says for what. `stopped`: the collection was deleted or disabled. `covered`:
 * another run of the dock collects it. `underWay`: another run had chosen its logs already. `cooldown`: an alarm
 * with this code was collected a while ago. `notOfCollection`: the dock left it.
 */
export const outcomes = [
  'collected',
  'partial',
  'nothing',
  'failed',
  'notInTime',
  'stopped',
  'covered',
  'underWay',
  'cooldown',
  'notOfCollection',
] as const
export type Outcome = (typeof outcomes)[number]
