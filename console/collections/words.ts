import type { StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { Collection, CollectionRun, Upload } from '../api/records.ts'
import { moduleNames } from '../words/modules.ts'
import { count, duration } from '../words/quantities.ts'

/** The texts for collections and their runs. Pure. */

type When = NonNullable<Collection['when']>
type Meaning = { type: StatusIndicatorProps.Type; text: string }

/** `Alarms: warning; codes 0x1, not 0x2; at most one for a code in 6 h` */
const alarmText = (on: Extract<When, { alarm: unknown }>['alarm']): string => {
  const { levels, codes, exceptCodes, imminentToo = false, cooldownSeconds = 21_600 } = on
  return [
    levels ? `Alarms of level ${levels.join(', ')}` : 'Alarms of any level',
    ...(codes ? [`codes ${codes.join(', ')}`] : []),
    ...(exceptCodes ? [`but not ${exceptCodes.join(', ')}`] : []),
    ...(imminentToo ? ['including those that clear by themselves'] : []),
    ...(cooldownSeconds > 0 ? [`one for a code in ${duration(cooldownSeconds)}`] : []),
  ].join('; ')
}

export const whenText = (when: Collection['when']): string => {
  if (!when) return 'Only by hand'
  if ('alarm' in when) return alarmText(when.alarm)
  if ('daily' in when) return `Each day at ${when.daily.at}, ${when.daily.timeZone}`
  return 'After each flight'
}

export const newestText = (logs: number): string =>
  logs === 1 ? 'the newest log' : `the newest ${logs} logs`

export const logsText = ({ modules, ...rule }: Collection['logs']): string => {
  const of = modules.map((module) => moduleNames[module]).join(' and ')
  if ('newestBoots' in rule) return `${of}: ${newestText(rule.newestBoots)}`
  return `${of}: ${duration(rule.beforeSeconds)} before to ${duration(rule.afterSeconds)} after`
}

export const whoseText = ({ fleet, docks }: Pick<Collection, 'fleet' | 'docks'>): string =>
  docks ? count(docks.length, 'dock') : fleet === undefined ? '–' : `fleet ${fleet}`

type Cause = NonNullable<Upload['cause']>

const causeKinds: Record<Exclude<Cause['kind'], 'alarm'>, string> = {
  flight: 'End of a flight',
  daily: 'Time of the day',
  manual: 'Run by hand',
}

export const causeText = ({ kind, alarm }: Cause): string => {
  if (kind !== 'alarm') return causeKinds[kind]
  return alarm ? `Alarm ${alarm.code} of ${alarm.sn}` : 'Alarm'
}

const waits: Record<NonNullable<CollectionRun['waitingFor']>, string> = {
  time: 'the time after the cause is not over',
  turn: 'other docks come first',
  dockBusy: 'the dock is busy',
  dockAway: 'the dock is offline',
  flight: 'the aircraft flies',
}

export const phases: Record<CollectionRun['state'], Meaning> = {
  waiting: { type: 'pending', text: 'Waits' },
  waking: { type: 'in-progress', text: 'Switching the aircraft on' },
  listing: { type: 'in-progress', text: 'Listing logs' },
  uploading: { type: 'in-progress', text: 'Uploading' },
  closing: { type: 'in-progress', text: 'Switching the aircraft off' },
  ended: { type: 'success', text: 'Ended' },
}

const outcomes: Record<NonNullable<CollectionRun['outcome']>, Meaning> = {
  collected: { type: 'success', text: 'Collected' },
  partial: { type: 'warning', text: 'Collected in part' },
  nothing: { type: 'stopped', text: 'The dock has no such logs' },
  failed: { type: 'error', text: 'Failed' },
  notInTime: { type: 'error', text: 'Not in time' },
  stopped: { type: 'stopped', text: 'Stopped with the collection' },
  covered: { type: 'info', text: 'Another run collects its logs' },
  underWay: { type: 'stopped', text: 'Another run was under way' },
  cooldown: { type: 'stopped', text: 'Collected for this code a while ago' },
  notOfCollection: { type: 'stopped', text: 'The dock is no longer part of the collection' },
}

/** The state of a run, with what it waits for, or waited for in vain. */
export const runMeaning = ({ state, outcome, waitingFor }: CollectionRun): Meaning => {
  const meaning = state === 'ended' && outcome ? outcomes[outcome] : phases[state]
  const isWait = state === 'waiting' || outcome === 'notInTime'
  return isWait && waitingFor ? { ...meaning, text: `${meaning.text}: ${waits[waitingFor]}` } : meaning
}

type LeftOut = CollectionRun['leftOut'][number]

/** What was left out of one module; the failure has the dock's reason. */
export const leftOutText = ({ module, why, logs = 0, failure }: LeftOut): string => {
  const reasons: Record<LeftOut['why'], string> = {
    notListed: failure?.reason ?? 'it was not listed',
    noLogs: 'no logs of that time',
    tooManyLogs: `${count(logs, 'older log')}, since it takes only the newest`,
    tooLong: `${count(logs, 'log')}, too long for the available time`,
    aircraftOff: 'the aircraft is off',
  }
  return `${moduleNames[module]}: ${reasons[why]}`
}
