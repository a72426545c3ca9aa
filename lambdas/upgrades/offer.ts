import { needsPort, upgradeOffer } from '../../protocols/huawei-ota/down.ts'
import { type PackageLink, type PackageLinks, withPort } from '../packages/link.ts'
import { type ProvedPackage, provedOf, type UpgradePackage } from '../packages/package.ts'
import type { Publish } from '../runtime/publish.ts'
import type { Attempt } from './attempt.ts'
import type { Device } from './devices.ts'
import { silentOfferMs } from './driving.ts'
import { factsOfOffer, factsOfRefusal } from './facts.ts'
import type { UpgradeRegisters } from './registers.ts'
import type { signStore } from './signs.ts'
import { upgradeStatus } from './state.ts'
import type { upgradeStore } from './store.ts'

/**
 * Offers a device its package when it has spoken and nothing forbids it. From then on the device acts by
 * itself, and reports.
 */

export type OfferNeeds = {
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'note'>
  readPackage: (id: string) => Promise<UpgradePackage | undefined>
  linkTo: PackageLinks
  sendOffer: SendOffer
  /** The dock's id for the offer. */
  processId?: string
  /** Whether a campaign permits the offer now; checked again for each offer. */
  campaignAllows: CampaignAllows
  publish: Publish
  now: () => number
}

/** `ended`: the campaign has ended, or the device's turn in it has. */
export type CampaignAllows = (
  offer: { campaignId: string; deviceId: string },
  now: number,
) => Promise<'yes' | 'paused' | 'outsideWindow' | 'paceUsedUp' | 'ended'>

/**
 * Seconds for which a link is valid. Storage checks this when a download begins; the download may take longer
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html). The broker drops the
 * offer after half of that: an absent device gets a new offer, never an old link.
 */
const linkSeconds = 3_600
const offerSeconds = silentOfferMs / 1000

/** How often a device is read again that reports at the very moment of an offer. */
const maxTries = 5

/**
 * Started by each message of a device, `via` the gateway that carried it. Without a driven attempt it reads
 * and writes nothing. It signs the link, records the offer on condition that the device has not changed, then
 * sends it: two concurrent calls offer once. If sending fails, the message is retried and finds the offer
 * recorded. The device is asked after half an hour, and gets a new offer when it answers.
 * @throws if reading, signing, writing or sending fails
 */
export const offerIfDue = async (use: OfferNeeds, heard: Device, via: string): Promise<void> => {
  let device: Device | undefined = heard
  for (let tries = 1; device?.attempt && tries <= maxTries; tries++) {
    const { attempt }: Device = device
    if (!upgradeStatus(attempt, device.registers, use.now()).drive?.isOfferable) return
    if ((await offerOnce(use, device, attempt, via)) === 'done') return
    device = await use.upgrades.get(device.deviceId)
  }
}

const offerOnce = async (
  use: OfferNeeds,
  device: Device,
  attempt: Attempt,
  via: string,
): Promise<'done' | 'changed'> => {
  const { deviceId, registers } = device
  const now = use.now()
  const write = async (facts: UpgradeRegisters) =>
    (await use.upgrades.note(device, facts)) ? ('done' as const) : ('changed' as const)
  const known = attempt.packageId === undefined ? undefined : await use.readPackage(attempt.packageId)
  const offered = provedOf(known)
  if (!offered) return write(factsOfRefusal('packageUnavailable', now, attempt.id))
  const runs = registers[attempt.package]?.version
  if (offered.from && !(runs !== undefined && offered.from.includes(runs)))
    return write(factsOfRefusal('sourceNotAllowed', now, attempt.id))
  const { campaignId } = attempt
  if (campaignId !== undefined && (await use.campaignAllows({ campaignId, deviceId }, now)) !== 'yes')
    return 'done'
  const link = await use.linkTo(offered, linkSeconds, deviceId)
  if (link === 'altered') return write(factsOfRefusal('packageUnavailable', now, attempt.id))
  if (link === 'downloadsOff') return write(factsOfRefusal(link, now, attempt.id))
  const outcome = await write(factsOfOffer((registers.offered?.n ?? 0) + 1, now, attempt.id, use.processId))
  if (outcome === 'done') await use.sendOffer(deviceId, { offered, link, via, now })
  return outcome
}

/** An offer of a package to a device, through the gateway `via`. */
export type Offering = {
  offered: ProvedPackage
  link: PackageLink
  via: string
  now: number
}

/** Sends an offer to a device. Rejects if it could not be sent. */
export type SendOffer = (deviceId: string, offering: Offering) => Promise<void>

/**
 * Publishes the offer over MQTT. `signs` has the SDK version of whoever fetches the package: some need a port
 * in the URL.
 */
export const sendToDevice =
  (publish: Publish, signs: Pick<ReturnType<typeof signStore>, 'of'>): SendOffer =>
  async (deviceId, { offered, link, via, now }) => {
    const { package: kind, version, customInfo, file } = offered
    const [{ sdk } = {}] = await signs.of([via])
    const url = needsPort(sdk?.version) ? withPort(link.url) : link.url
    const offer = {
      package: kind,
      version,
      customInfo,
      url,
      token: link.token,
      linkSeconds: Math.floor((link.expiresAt - now) / 1000),
      fileName: file.name,
      size: file.size,
      sha256: file.sha256,
    }
    return publish(upgradeOffer(deviceId, { sentAt: now, gatewayId: via, offer }), {
      expiresInSeconds: offerSeconds,
    })
  }
