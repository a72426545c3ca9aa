import type { HuaweiDeviceHandle } from './huawei-device.ts'
import type { Report } from './huawei-sdks.ts'
import { sayOf } from './narrate.ts'

/** Tells on the terminal what a simulated device and the children behind it do, a line each. */
export const narrateDevice = ({ deviceId, events }: HuaweiDeviceHandle): void => {
  events.on('online', () => sayOf(deviceId, 'online'))
  events.on('offline', () => sayOf(deviceId, 'offline', 'yellow'))
  events.on('asked', (asked) => sayOf(asked.deviceId, 'asked for its version', 'bold'))
  events.on('versionReported', (told) => sayOf(told.deviceId, `says that it runs ${told.version}`))
  events.on('installed', (done) => sayOf(done.deviceId, `installed ${done.version}`, 'green'))
  events.on('rolledBack', (done) => sayOf(done.deviceId, `went back to ${done.version}`, 'red'))
  events.on('reported', ({ deviceId: about, report }) =>
    sayOf(about, describeReport(report), report.resultCode === 0 ? 'reset' : 'red'),
  )
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
