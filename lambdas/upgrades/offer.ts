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
 * Offering a device its package, when it has spoken and nothing stands against it. What it has to do with the
 * link is its own business from then on: it reports.
 */
export type OfferNeeds = {
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'note'>
  readPackage: (id: string) => Promise<UpgradePackage | undefined>
  linkTo: PackageLinks
  sendOffer: SendOffer
  /** What a dock calls the offer by. */
  processId?: string
  /** Whether a campaign lets its device be offered the package now; asked anew for each offer. */
  campaignAllows: CampaignAllows
  publish: Publish
  now: () => number
}

/** `ended`: the campaign is over, or the device's turn is. */
export type CampaignAllows = (
  asked: { campaignId: string; deviceId: string },
  now: number,
) => Promise<'yes' | 'paused' | 'outsideWindow' | 'paceUsedUp' | 'ended'>

/**
 * Seconds for which a link opens the package. Storage looks at it when a download begins, which may go on for
 * longer (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html). The offer itself
 * is dropped by the broker after half of that: a device that is away is offered another, and never an old
 * link.
 */
const linkSeconds = 3_600
const offerSeconds = silentOfferMs / 1000

/** A device that reports in the very moment of an offer is read again, so many times. */
const mostTries = 5

/**
 * Started by each word of a device, `via` the gateway that brought it; of an attempt that nobody drives it
 * reads and writes nothing. First the link is signed, then the offer is written down, as long as the device
 * is as it was read, then it is sent: two at once offer once. Where sending fails the message comes again,
 * and finds the offer made; the device is asked after half an hour, and offered again when it answers.
 * @throws what stands in the way of reading, signing, writing or sending
 */
export const offerIfDue = async (use: OfferNeeds, heard: Device, via: string): Promise<void> => {
  let device: Device | undefined = heard
  for (let tries = 1; device?.attempt && tries <= mostTries; tries++) {
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

/** A package as it is offered to a device, through the gateway `via`. */
export type Offering = {
  offered: ProvedPackage
  link: PackageLink
  via: string
  now: number
}

/** Tells a device. Rejects if that could not be sent. */
export type SendOffer = (deviceId: string, offering: Offering) => Promise<void>

/** `signs` tell which SDK whoever fetches the package is built with. */
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
