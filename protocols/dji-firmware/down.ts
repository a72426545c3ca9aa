/** Our messages to a dock. Pure: the same offer always gives the same message. */
import { topicsOf } from '../dji-remote-log/topics.ts'
import type { DeviceMessage } from '../message.ts'
import { methods } from './topics.ts'

/**
 * `normal`: another release, which also fixes inconsistent parts. `consistency`: parts of one machine do not
 * fit together, for instance after a battery was swapped.
 */
export type UpgradeKind = 'normal' | 'consistency'

/** The vendor's demo swaps the two in its code; its pages and its own web page do not. */
const upgradeKindCodes: Readonly<Record<UpgradeKind, number>> = { consistency: 2, normal: 3 }

/**
 * A package for one machine, a dock or its aircraft. `url` needs no header; a dock accepts up to 10,240
 * characters. `md5` in lower-case hex, `size` in bytes.
 */
export type FirmwareOffer = {
  sn: string
  version: string
  url: string
  md5: string
  size: number
  fileName: string
  kind: UpgradeKind
}

/** One machine, or a dock and its aircraft together, whose versions have to fit. */
export type Offers = readonly [FirmwareOffer] | readonly [FirmwareOffer, FirmwareOffer]

/**
 * Tells a dock to download and install packages, on itself, its aircraft or both. The dock's reply contains
 * `commandId`; with some docks its progress contains `processId`. `sentAt` is epoch milliseconds. A dock that
 * gets it twice answers the second with 312014: it is upgrading already.
 */
export const offerFirmware = (
  command: { dockSn: string; commandId: string; processId: string; sentAt: number },
  offers: Offers,
): DeviceMessage => ({
  topic: topicsOf(command.dockSn).services,
  payload: JSON.stringify({
    tid: command.commandId,
    bid: command.processId,
    timestamp: command.sentAt,
    method: methods.create,
    data: {
      devices: offers.map(({ sn, version, url, md5, size, fileName, kind }) => ({
        sn,
        product_version: version,
        file_url: url,
        md5,
        file_size: size,
        file_name: fileName,
        firmware_upgrade_type: upgradeKindCodes[kind],
      })),
    },
  }),
})
