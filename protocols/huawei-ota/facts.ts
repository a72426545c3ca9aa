/**
 * What a device can tell us about its upgrade, in our own words. `up.ts` makes these from the vendor's
 * messages; nothing outside this folder knows a vendor field name. All times are epoch milliseconds.
 */

/**
 * A version that can be compared and shown: a text without control characters, and without blanks around it,
 * as long as IoTDA lets a package's version be
 * (https://support.huaweicloud.com/intl/en-us/ally-visitor-1-api-iothub/CreateOtaPackage.html). IoTDA allows
 * only letters, digits, `.`, `_` and `-` in it; devices that never were on it are not held to that.
 */
export const versionPattern = /^(?!\s)[^\p{Cc}\p{Cs}]{1,256}(?<!\s)$/u

/**
 * What every report has. The device's clock is often wrong (README.md): only our receive time orders reports.
 */
type Report = {
  /**
   * Whom the report is about: the device that the topic names, or one behind it. Whether it is its child is
   * not known here.
   */
  deviceId: string
  /** As claimed. Left out if the device gave none or one that cannot be read. */
  eventTime?: number
  /** The time as the device wrote it, readable or not. */
  eventTimeText?: string
}

/**
 * A device's word on an upgrade. By itself it says little: a `resultCode` of 0 means "upgrading" as well as
 * "upgraded", and 100 percent may be the end of the download. What it means for an upgrade is in
 * `meaning.ts`.
 */
export type UpgradeReport = Report & {
  kind: 'upgradeReport'
  /** As sent: makers of firmware add codes of their own. 0 is no fault. */
  resultCode: number
  /** 0 to 100. */
  percent?: number
  /** It is a failure whatever its code: some machines that report the same way tell of one in words alone. */
  hasFailed?: true
  /** The version that the device says it has, as sent. */
  version?: string
  /** The device's own words, cut and made printable. */
  description?: string
}

/**
 * What a device runs, as sent. At least one of the two is there; some devices write one version into both.
 */
export type VersionReport = Report & { kind: 'versionReport'; firmware?: string; software?: string }

/** One event in a device's message. */
export type DeviceEvent = UpgradeReport | VersionReport

/** A device asks what time it is. As it claims, epoch ms: the answer repeats it. */
export type TimeRequest = { deviceSentAt: number }

/**
 * The outcome of reading one event. `understood`: `dropped` are the places of fields that could not be read,
 * the fact is the same as without them; with `unasked` it is what a device says when it connects, and no
 * answer to a question. `heard`: about something else than upgrades, and a sign of life. `sdk`: what the
 * device's SDK calls itself, where that is said. `ignored`: about upgrades, and of no use to us. `notUnderstood`: meant for us and unusable; `reason` is a stable code,
 * `path` the place in the message (`services[0].paras.result_code`).
 */
export type Read<Fact> =
  | { outcome: 'understood'; fact: Fact; dropped?: readonly string[]; unasked?: true; sdk?: string }
  | { outcome: 'ignored' }
  | { outcome: 'heard'; deviceId: string; timeRequest?: TimeRequest; sdk?: string }
  | { outcome: 'notUnderstood'; reason: string; path: string }
