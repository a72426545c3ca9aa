import { createHash } from 'node:crypto'
import { type FirmwareOffer, offerFirmware } from '../../../protocols/dji-firmware/down.ts'
import type { Device } from '../devices.ts'
import { silentOfferMs } from '../driving.ts'
import { type OfferNeeds, offerIfDue } from '../offer.ts'
import { receivedAt } from '../registers.ts'
import { isOpenState, upgradeStatus } from '../state.ts'
import type { DockOnSite } from './needs.ts'

/**
 * Offers a dock the packages for itself and its aircraft: both in one message if both are due, since their
 * versions have to fit each other.
 */
export type DockOfferNeeds = Omit<OfferNeeds, 'sendOffer' | 'processId'>

/**
 * The broker drops an offer that the dock has not collected; a dock that comes later gets a new one, with
 * another link.
 */
const offerSeconds = silentOfferMs / 1000

/** Offers that a dock takes in one message. */
const maxOffers = 2

/**
 * Offers a dock what is due, if it is online and not busy as far as is known: what it refuses because it is
 * busy is offered again later. Each machine's offer is recorded before the message goes out, so that two
 * concurrent calls offer once. If sending fails, the offer is repeated after the silence.
 * @throws if reading, signing, writing or sending fails
 */
export const offerMachines = async (use: DockOfferNeeds, found: DockOnSite): Promise<void> => {
  if (found.isOffline || found.isBusy) return
  const now = use.now()
  const devices = await devicesOf(use.upgrades, found)
  if (devices.some((device) => isUpgradingNow(device, now))) return
  const due = devices
    .filter(
      ({ deviceId, attempt, registers }) =>
        upgradeStatus(attempt, registers, now).drive?.isOfferable && !isOff(found, deviceId),
    )
    .slice(0, maxOffers)
  if (due.length === 0) return
  const processId = processIdOf(due)
  const offers: FirmwareOffer[] = []
  const sendOffer: OfferNeeds['sendOffer'] = async (sn, { offered: { version, file }, link }) => {
    const { name: fileName, size, md5 } = file
    offers.push({ sn, version, url: link.url, md5, size, fileName, kind: 'normal' })
  }
  for (const device of due) await offerIfDue({ ...use, processId, sendOffer }, device, found.dockSn)
  const [one, other] = offers
  if (!one) return
  const command = { dockSn: found.dockSn, commandId: processId, processId, sentAt: now }
  await use.publish(offerFirmware(command, other ? [one, other] : [one]), { expiresInSeconds: offerSeconds })
}

type Upgrades = Pick<DockOfferNeeds['upgrades'], 'get'>

/**
 * Whether the dock or its aircraft is working on an upgrade that it was offered, as far as it has reported.
 */
export const isUpgrading = async (upgrades: Upgrades, found: DockOnSite, now: number): Promise<boolean> =>
  (await devicesOf(upgrades, found)).some((device) => isUpgradingNow(device, now))

const devicesOf = async (upgrades: Upgrades, { machines }: DockOnSite): Promise<Device[]> => {
  const devices = await Promise.all(machines.map(({ sn }) => upgrades.get(sn)))
  return devices.flatMap((device) => (device?.attempt?.machines === 'docks' ? [device] : []))
}

const isOff = ({ machines }: DockOnSite, deviceId: string): boolean =>
  machines.some(({ sn, isOff: off }) => sn === deviceId && off)

/** A dock does one upgrade at a time, and its reports name no machine: any other has to wait. */
const isUpgradingNow = ({ attempt, registers }: Device, now: number): boolean => {
  const { offered, latest } = registers
  const status = upgradeStatus(attempt, registers, now)
  if (!offered || !isOpenState(status) || status.drive?.isOfferable) return false
  const heardAt = Math.max(receivedAt(offered), latest ? receivedAt(latest) : 0)
  return now < heardAt + silentOfferMs
}

/**
 * A UUID, as docks expect it, that is the same for whoever makes the same offer. It covers all machines that
 * are due: any of them may be held back, and be offered its package when the others have ended.
 */
const processIdOf = (due: readonly Device[]): string =>
  createHash('sha256')
    .update(due.map(({ attempt, registers }) => `${attempt?.id} ${registers.offered?.n ?? 0}`).join('\n'))
    .digest('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
