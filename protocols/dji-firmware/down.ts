/** What we say to a dock. Pure: the same offer always gives the same message. */
import { topicsOf } from '../dji-remote-log/topics.ts'
import type { DeviceMessage } from '../message.ts'
import { methods } from './topics.ts'

/**
 * `normal`: another release; it brings in order, too, what does not fit within a machine. `consistency`:
 * parts of one machine do not fit each other, after a battery was swapped for instance.
 */
export type UpgradeKind = 'normal' | 'consistency'

/** The vendor's demo has the two the wrong way round in its code; its pages and its own web page do not. */
const upgradeKindCodes: Readonly<Record<UpgradeKind, number>> = { consistency: 2, normal: 3 }

/**
 * A package for one machine, a dock or its aircraft. `url` opens it without a header; a dock takes one of up
 * to 10,240 characters. `md5` in lower-case hex, `size` in bytes.
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

/** One machine, or a dock and its aircraft together: the versions of the two have to fit. */
export type Offers = readonly [FirmwareOffer] | readonly [FirmwareOffer, FirmwareOffer]

/**
 * Tells a dock to fetch packages and to install them, on itself, its aircraft or both. `commandId` comes back
 * in its reply, `processId` in its progress, with some docks. `sentAt` is epoch milliseconds. A dock that
 * gets it twice answers the second with 312014: it is at it.
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
