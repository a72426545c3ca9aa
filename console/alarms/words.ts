import type { StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { Alarm } from '../api/records.ts'

/** The texts for alarms. Pure. */

type Meaning = { type: StatusIndicatorProps.Type; text: string }

export const levelMeanings: Record<Alarm['level'], Meaning> = {
  notice: { type: 'info', text: 'Notice' },
  caution: { type: 'warning', text: 'Caution' },
  warning: { type: 'error', text: 'Warning' },
}

export type AlarmState = Alarm['state']

export const alarmStates: Record<AlarmState, Meaning> = {
  standing: { type: 'pending', text: 'Standing' },
  cleared: { type: 'stopped', text: 'Cleared' },
}

export const isAlarmState = (value: string | undefined): value is AlarmState =>
  value !== undefined && Object.hasOwn(alarmStates, value)

const modules: Record<Alarm['module'], string> = {
  flight: 'Flight',
  device: 'Device',
  media: 'Media',
  health: 'Health',
  other: 'Other',
}

/** `Device, component 0, sensor 1, in flight` */
export const partText = ({ module, component, sensor, inTheSky, imminent }: Alarm): string =>
  [
    modules[module],
    `component ${component}`,
    `sensor ${sensor}`,
    ...(inTheSky ? ['in flight'] : []),
    ...(imminent ? ['clears by itself'] : []),
  ].join(', ')

/** Identifies an alarm of a dock. */
export const alarmKey = ({ dockSn, sn, code, component, sensor }: Alarm): string =>
  [dockSn, sn, code, component, sensor].join(' ')
