import type { Fetched } from '../download.ts'
import { sayOf } from '../narrate.ts'
import type { HuaweiDeviceHandle } from './device.ts'
import type { Report } from './sdks.ts'

/** Prints what a simulated device and the children behind it do, one line each. */
export const narrateDevice = ({ deviceId, events }: HuaweiDeviceHandle): void => {
  events.on('online', () => sayOf(deviceId, 'online'))
  events.on('offline', () => sayOf(deviceId, 'offline', 'yellow'))
  events.on('asked', (asked) => sayOf(asked.deviceId, 'asked for its version', 'bold'))
  events.on('offered', ({ deviceId: about, offer }) =>
    sayOf(about, `offered the ${offer.package} ${offer.version}`, 'bold'),
  )
  events.on('fetched', ({ deviceId: about, result }) =>
    sayOf(about, describeFetched(result), result.outcome === 'fetched' ? 'reset' : 'red'),
  )
  events.on('stopped', ({ deviceId: about, reason }) => sayOf(about, reason, 'red'))
  events.on('versionReported', (report) => sayOf(report.deviceId, `says that it runs ${report.version}`))
  events.on('installed', (done) => sayOf(done.deviceId, `installed ${done.version}`, 'green'))
  events.on('rolledBack', (done) => sayOf(done.deviceId, `went back to ${done.version}`, 'red'))
  events.on('reported', ({ deviceId: about, report }) =>
    sayOf(about, describeReport(report), report.resultCode === 0 ? 'reset' : 'red'),
  )
}

const describeFetched = (result: Fetched): string => {
  if (result.outcome === 'fetched') return `downloaded ${result.size} bytes, SHA-256 ${result.sha256}`
  const status = result.outcome === 'refused' ? `${result.status} ` : ''
  return `could not download: ${status}${result.reason}`
}

const describeReport = ({ resultCode, progress, version, description }: Report): string =>
  [
    `reports ${resultCode}`,
    progress === undefined ? [] : `${progress} %`,
    version === undefined ? [] : version || 'no version',
    description || [],
  ]
    .flat()
    .join('  ')
