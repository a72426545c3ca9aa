/**
 * What devices report about upgrades, in our own terms. `up.ts` makes these from the vendor's messages;
 * nothing outside this folder knows a vendor field name. All times are epoch milliseconds.
 */

/**
 * A version that can be compared and shown: a string without control characters or surrounding blanks, as
 * long as IoTDA allows a package's version to be
 * (https://support.huaweicloud.com/intl/en-us/ally-visitor-1-api-iothub/CreateOtaPackage.html). IoTDA allows
 * only letters, digits, `.`, `_` and `-` in it; devices that were never connected to it need not comply.
 */
export const versionPattern = /^(?!\s)[^\p{Cc}\p{Cs}]{1,256}(?<!\s)$/u

/**
 * What every report has. The device's clock is often wrong (README.md): only our receive time orders reports.
 */
type Report = {
  /**
   * The device that the report is about: the topic's, or one behind it. Whether it is its child is not known
   * here.
   */
  deviceId: string
  /** As claimed. Absent if the device gave none, or one that cannot be read. */
  eventTime?: number
  /** The time as the device wrote it, readable or not. */
  eventTimeText?: string
}

/**
 * A device's report about an upgrade. By itself it says little: a `resultCode` of 0 means "upgrading" as well
 * as "upgraded", and 100 percent may be the end of the download. `meaning.ts` decides what it means for an
 * upgrade.
 */
export type UpgradeReport = Report & {
  kind: 'upgradeReport'
  /** As sent: firmware makers add codes of their own. 0 is no fault. */
  resultCode: number
  /** 0 to 100. */
  percent?: number
  /** The version that the device reports, as sent. */
  version?: string
  /** The device's description, shortened and made printable. */
  description?: string
}

/**
 * The versions that a device runs, as sent. At least one of the two is present; some devices write one
 * version into both.
 */
export type VersionReport = Report & { kind: 'versionReport'; firmware?: string; software?: string }

/** One event in a device's message. */
export type DeviceEvent = UpgradeReport | VersionReport

/** A device's request for the time, with the time that it claims, epoch ms: the answer repeats it. */
export type TimeRequest = { deviceSentAt: number }

/**
 * The outcome of reading one event. `understood`: `dropped` are the paths of unreadable fields, the fact is
 * the same as without them; with `unasked` it is a device's introduction when it connects, not an answer.
 * `heard`: about something other than upgrades, and a sign of life. `sdk`: the device's SDK and its
 * version, if given. `ignored`: about upgrades, but of no use to us. `notUnderstood`: meant for us, but unusable;
 * `reason` is a stable code, `path` the place in the message (`services[0].paras.result_code`).
 */
export type Read<Fact> =
  | { outcome: 'understood'; fact: Fact; dropped?: readonly string[]; unasked?: true; sdk?: string }
  | { outcome: 'ignored' }
  | { outcome: 'heard'; deviceId: string; timeRequest?: TimeRequest; sdk?: string }
  | { outcome: 'notUnderstood'; reason: string; path: string }
