/** The messages of docks and devices, in a namespace for each protocol: README.md. */
export * as djiAlarms from './dji-alarms/index.ts'
export type { Explanation, ResultClass } from './dji-codes.ts'
export * as djiDock from './dji-dock/index.ts'
export * as djiFirmware from './dji-firmware/index.ts'
export * as djiRemoteDebug from './dji-remote-debug/index.ts'
export * as djiRemoteLog from './dji-remote-log/index.ts'
export * as iotda from './huawei-ota/index.ts'
export type { DeviceMessage, Read } from './message.ts'
