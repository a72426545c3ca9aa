import type { Fetched } from './download.ts'
import type { Package } from './huawei-messages.ts'
import type { PackageOffer } from './huawei-offer.ts'
import type { Script } from './huawei-script.ts'
import type { Report } from './huawei-sdks.ts'
import type { Pace } from './pace.ts'

/** Where work waits for its turn. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** How a simulated device is set up. Device ids are letters, digits, `_` and `-`. */
export type HuaweiDeviceOptions = {
  mqttUrl: string
  deviceId: string
  /**
   * `native`: the vendor's `$oc/...`, for a broker at the edge. `bridged`: `oc/...`, as it leaves there, for
   * AWS.
   * @default 'bridged'
   */
  topics?: 'native' | 'bridged'
  /** Ids of the devices behind this one, for which it speaks. @default none */
  children?: readonly string[]
  /** What this device and its children run in the beginning. @default 'v1.0.0' */
  version?: string
  /** Which versions the device knows. @default 'both', with the same text */
  package?: Package
  /** @default 'demo' */
  pace?: Pace
  /** @default the vendor's page followed to the letter */
  script?: Script
  /**
   * Whether the device subscribes to requests; the SDKs do not, since IoTDA delivers without. @default true
   */
  subscribes?: boolean
  /** How long the device takes to say which version it runs when it is asked. @default 0 */
  answersAfterMs?: number
  /** Where its downloads wait for their turn, for many devices in one process. @default at once */
  downloads?: InTurn
  /** True time in epoch milliseconds. @default Date.now */
  now?: () => number
  /** @default 0 for the Go SDK, else 1 */
  qos?: 0 | 1
  /** The device's secret, to sign in as at IoTDA, instead of the three below. */
  secret?: string
  /** 1: the broker is to compare the login's hour with its own. @default 0 */
  signType?: 0 | 1
  /** @default the device's id */
  clientId?: string
  username?: string
  password?: string
}

/** What a simulated device does, as it does it. `deviceId` is the device or the child it is about. */
export type HuaweiDeviceEvents = {
  asked: [{ deviceId: string }]
  offered: [{ deviceId: string; offer: PackageOffer }]
  fetched: [{ deviceId: string; result: Fetched }]
  reported: [{ deviceId: string; report: Report }]
  /** The device is through with an offer, for better or worse. */
  done: [{ deviceId: string }]
  /** An upgrade ended where it was: the broker did not take the device back after a restart. */
  stopped: [{ deviceId: string; reason: string }]
  versionReported: [{ deviceId: string; version: string }]
  installed: [{ deviceId: string; version: string }]
  rolledBack: [{ deviceId: string; version: string }]
  online: []
  offline: []
}

/** How one upgrade is to go. */
export type UpgradeOptions = {
  /** @default the device's own */
  script?: Script
  /** The child that is upgraded. @default the device itself */
  child?: string
}
