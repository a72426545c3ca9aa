import type { Fetched } from '../download.ts'
import type { Pace } from '../pace.ts'
import type { Package } from './messages.ts'
import type { PackageOffer } from './offer.ts'
import type { Script } from './script.ts'
import type { Report } from './sdks.ts'

/** Runs work when its turn comes. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** The options of a simulated device. Device ids are letters, digits, `_` and `-`. */
export type HuaweiDeviceOptions = {
  mqttUrl: string
  deviceId: string
  /**
   * `native`: the vendor's `$oc/...`, for an edge broker. `bridged`: `oc/...`, as after the bridge, for AWS.
   * @default 'bridged'
   */
  topics?: 'native' | 'bridged'
  /** Ids of the child devices, for which this one reports. @default none */
  children?: readonly string[]
  /** The initial version of this device and its children. @default 'v1.0.0' */
  version?: string
  /** Which versions the device knows. @default 'both', with the same text */
  package?: Package
  /** @default 'demo' */
  pace?: Pace
  /** @default strictly by the vendor's page */
  script?: Script
  /**
   * Whether the device subscribes to requests; the SDKs do not, since IoTDA delivers without a subscription.
   * @default true
   */
  subscribes?: boolean
  /** How long the device takes to answer the question for its version. @default 0 */
  answersAfterMs?: number
  /** Limits concurrent downloads, for many devices in one process. @default no limit */
  downloads?: InTurn
  /** True time in epoch milliseconds. @default Date.now */
  now?: () => number
  /** @default 0 for the Go SDK, otherwise 1 */
  qos?: 0 | 1
  /** The device's secret, for IoTDA's login, instead of the three below. */
  secret?: string
  /** 1: the broker should compare the login's hour with its own. @default 0 */
  signType?: 0 | 1
  /** @default the device's id */
  clientId?: string
  username?: string
  password?: string
}

/** The events of a simulated device. `deviceId` is the device or child concerned. */
export type HuaweiDeviceEvents = {
  asked: [{ deviceId: string }]
  offered: [{ deviceId: string; offer: PackageOffer }]
  fetched: [{ deviceId: string; result: Fetched }]
  reported: [{ deviceId: string; report: Report }]
  /** The device has finished with an offer, with any result. */
  done: [{ deviceId: string }]
  /** An upgrade stopped: the broker did not accept the device after a restart. */
  stopped: [{ deviceId: string; reason: string }]
  versionReported: [{ deviceId: string; version: string }]
  installed: [{ deviceId: string; version: string }]
  rolledBack: [{ deviceId: string; version: string }]
  online: []
  offline: []
}

/** Options of one upgrade. */
export type UpgradeOptions = {
  /** @default the device's own */
  script?: Script
  /** The child to upgrade. @default the device itself */
  child?: string
}
