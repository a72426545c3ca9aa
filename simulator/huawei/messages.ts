import { eventTypes, otaService } from '../../protocols/huawei-ota/topics.ts'
import type { Script } from './script.ts'
import { type Report, sdkOf } from './sdks.ts'

/** Which of the two versions in a version report a device knows. Some put one version into both. */
export type Package = 'firmware' | 'software' | 'both'

/** The sender, the device that a message is about, and the time (epoch milliseconds). */
export type Speaker = { deviceId: string; about: string; time: number; script: Script }

type Event = { service_id: string; event_type: string; paras: Record<string, unknown> }

const message = ({ deviceId, about, time, script }: Speaker, events: readonly Event[]): string => {
  const { eventFields, leavesOutOwnId, indent } = sdkOf(script.sdk)
  const isChild = about !== deviceId
  const services = events.map(({ paras, ...event }) => ({ ...event, ...eventFields(time, isChild), paras }))
  const subject = leavesOutOwnId && !isChild ? {} : { object_device_id: about }
  return JSON.stringify({ ...subject, services }, undefined, indent)
}

const progressEvent = (report: Report, { numbersAsStrings, blankVersion }: Script): Event => {
  const number = (value: number) => (numbersAsStrings ? String(value) : value)
  const { resultCode, progress, version, description } = report
  return {
    service_id: otaService,
    event_type: eventTypes.upgradeReport,
    paras: {
      result_code: number(resultCode),
      ...(progress !== undefined && { progress: number(progress) }),
      ...(version !== undefined && { version: blankVersion ? '' : version }),
      ...(description !== undefined && { description }),
    },
  }
}

const logEvent = (time: number, content: string): Event => ({
  service_id: '$log',
  event_type: 'log_report',
  paras: { timestamp: String(time), type: 'DEVICE_STATUS', content },
})

const infoEvent = (sdk: string, version: string | null): Event => ({
  service_id: '$sdk_info',
  event_type: 'sdk_info_report',
  paras: { device_sdk_version: sdk, sw_version: version, fw_version: version },
})

/** A device's message after connecting, if any: at a start, or after a reconnect. */
export const greetingMessage = (
  speaker: Speaker,
  version: string,
  connected: 'start' | 'again',
): string | undefined => {
  const { greeting } = sdkOf(speaker.script.sdk)
  if (greeting?.says === 'log') return message(speaker, [logEvent(speaker.time, 'connected')])
  if (greeting === undefined || connected === 'again') return undefined
  const versions = { info: version, emptyInfo: null, placeholder: 'v1.0' }
  return message(speaker, [infoEvent(greeting.sdk, versions[greeting.says])])
}

/** A message with one progress report, or with several and entries for the log around them. */
export const progressMessage = (speaker: Speaker, reports: readonly Report[]): string => {
  const events = reports.map((report) => progressEvent(report, speaker.script))
  const log = logEvent(speaker.time, 'upgrade')
  return message(speaker, speaker.script.several ? [log, ...events, log] : events)
}

/** A version report. */
export const versionMessage = (speaker: Speaker, version: string, carries: Package): string =>
  message(speaker, [
    {
      service_id: otaService,
      event_type: eventTypes.versionReport,
      paras: {
        ...(carries !== 'software' && { fw_version: version }),
        ...(carries !== 'firmware' && { sw_version: version }),
      },
    },
  ])
