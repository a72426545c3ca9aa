/** The phases of a run, and its outcomes. */

export const phases = ['waiting', 'waking', 'listing', 'uploading', 'closing', 'ended'] as const
export type Phase = (typeof phases)[number]

/**
 * What a run waits for. `time`: the end of the time span of its logs. `turn`: as many docks as allowed are in
 * progress. `dockBusy`: another upload, an upgrade, or somebody debugging the dock.
 */
export const waits = ['time', 'turn', 'dockBusy', 'dockAway', 'flight'] as const
export type Wait = (typeof waits)[number]

/**
 * `collected`: all logs are verified. `partial`: some are. `nothing`: the dock has no such logs. `failed`:
 * see `failure`. `notInTime`: see `waitingFor`. `stopped`: the collection was deleted or disabled. `covered`:
 * another run of the dock collects the logs. `underWay`: another run had chosen its logs already. `cooldown`:
 * logs for an alarm with this code were collected recently. `notOfCollection`: the dock left the collection.
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
