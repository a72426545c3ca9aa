import type { Refusal } from '../../protocols/dji-dock/codes.ts'
import type { BindDevice } from '../../protocols/dji-dock/facts.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { defaultFleet } from '../table/settings.ts'
import { hashOfCode } from './codes.ts'
import type { BindingCode } from './store.ts'

/** Decides whether a dock and its aircraft may bind to an organization. Pure. */

/** What is known about a device's binding; `boundWith`: the hash of the code. */
type Bound = { organizationId?: string | undefined; boundWith?: string | undefined }
export type KnownDock = Bound & { fleet?: string | undefined }
/** `fleet`: the fleet of the dock that last had it. */
export type KnownAircraft = Bound & {
  dockSn?: string | undefined
  seenAt?: number | undefined
  fleet?: string | undefined
}

/**
 * What was read; `codes` by `{organization} {hash}`; `newAircraft`: those that the dock first named within
 * the last day.
 */
export type Known = {
  dock: KnownDock | undefined
  /** The fleet of the dock's login account: in another fleet the dock would be cut off. */
  accountFleet?: string | undefined
  aircraft: ReadonlyMap<string, KnownAircraft>
  /** Serial numbers of the request, other than its own, that are registered docks. */
  otherDocks: ReadonlySet<string>
  /** Names by id. */
  organizations: ReadonlyMap<string, string>
  codes: ReadonlyMap<string, BindingCode>
  newAircraft: readonly NewAircraft[]
}

export type NewAircraft = { sn: string; at: number }

export type Claim = { organizationId: string; hash: string }

/**
 * `binds`: the binding has to be written, on this claim; without it the device is bound already. `takesUse`:
 * the binding takes a use of the code.
 */
export type BindOutcome = { sn: string; refused?: Refusal; binds?: Claim; takesUse?: boolean }

/** Within this time a dock that lost its aircraft has reported that; until then no other dock may have it. */
export const freeAfterMs = 10 * 60_000
export const dayMs = 86_400_000
/** Aircraft that a dock may name for the first time within a day. */
export const maxNewAircraft = 10
/** The vendor's limit: a dock and its aircraft. */
const maxDevices = 2

export const codeState = (code: BindingCode, now: number): 'usable' | 'used' | 'expired' | 'revoked' => {
  if (code.revokedAt !== undefined) return 'revoked'
  if (code.usesLeft <= 0) return 'used'
  return code.goodUntil <= now ? 'expired' : 'usable'
}

export const claimOf = ({ organizationId = '', bindingCode = '' }: Omit<BindDevice, 'sn'>): Claim => ({
  organizationId,
  hash: hashOfCode(bindingCode),
})
export const codeName = ({ organizationId, hash }: Claim): string => `${organizationId} ${hash}`

/** The outcome for each device that a dock asks to bind, the dock itself or its aircraft. */
export const decideBind = (
  dockSn: string,
  devices: readonly BindDevice[],
  known: Known,
  now: number,
): BindOutcome[] => {
  if (devices.length > maxDevices) return devices.map(({ sn }) => ({ sn, refused: 'notBound' }))
  const own = devices.find(({ sn }) => sn === dockSn)
  const ofDock = own && decideOne(own, known, known.dock, now)
  // The dock's organization after this binding.
  const organizationId = ofDock?.binds?.organizationId ?? known.dock?.organizationId
  const fleet = fleetWith(known, own)
  return devices.map((device) =>
    device === own && ofDock
      ? ofDock
      : decideAircraft({ dockSn, fleet }, device, { known, organizationId, now }),
  )
}

/** A code that bound a device still counts for it, so that a repeat has the same outcome. */
const isCovered = (claim: Claim, ...bounds: readonly (Bound | undefined)[]): boolean =>
  bounds.some((bound) => bound?.organizationId === claim.organizationId && bound.boundWith === claim.hash)

const decideOne = (device: BindDevice, known: Known, bound: Bound | undefined, now: number): BindOutcome => {
  const { sn } = device
  const claim = claimOf(device)
  const { organizationId } = claim
  if (!known.organizations.has(organizationId)) return { sn, refused: 'noOrganization' }
  if (bound?.organizationId !== undefined && bound.organizationId !== organizationId)
    return { sn, refused: 'boundElsewhere' }
  const covered = isCovered(claim, bound, known.dock)
  const code = known.codes.get(codeName(claim))
  if (!covered && (code === undefined || codeState(code, now) !== 'usable'))
    return { sn, refused: 'wrongCode' }
  const fleet = known.dock?.fleet ?? known.accountFleet
  if (!covered && code?.fleet !== undefined && fleet !== undefined && fleet !== code.fleet)
    return { sn, refused: 'notBound' }
  if (bound?.organizationId === organizationId) return { sn }
  return { sn, binds: claim, takesUse: !covered }
}

/** The dock's fleet, or the one that it gets by this binding. */
export const fleetWith = (known: Known, own: BindDevice | undefined): string =>
  known.dock?.fleet ??
  (own && known.codes.get(codeName(claimOf(own)))?.fleet) ??
  known.accountFleet ??
  defaultFleet

const decideAircraft = (
  dock: { dockSn: string; fleet: string },
  device: BindDevice,
  { known, organizationId, now }: { known: Known; organizationId: string | undefined; now: number },
): BindOutcome => {
  const { sn, model } = device
  const refused = { sn, refused: 'notBound' } as const
  if (!dockSnPattern.test(sn) || known.otherDocks.has(sn)) return refused
  // The model reveals another dock, even an unregistered one.
  if (model !== undefined && !model.startsWith('0-')) return refused
  const aircraft = known.aircraft.get(sn)
  if (isOfAnother(dock, aircraft, now)) return refused
  if (isNew(dock.dockSn, sn, aircraft, known.newAircraft) && known.newAircraft.length >= maxNewAircraft)
    return refused
  const outcome = decideOne(device, known, aircraft, now)
  return outcome.refused || organizationId === claimOf(device).organizationId ? outcome : refused
}

/**
 * Whether another dock has this aircraft: it had it a moment ago, or is in another fleet, whose aircraft stay
 * there.
 */
export const isOfAnother = (
  { dockSn, fleet }: { dockSn: string; fleet: string | undefined },
  aircraft: KnownAircraft | undefined,
  now: number,
): boolean => {
  if (aircraft?.dockSn === undefined || aircraft.dockSn === dockSn) return false
  const isElsewhere = aircraft.fleet !== undefined && aircraft.fleet !== fleet
  return isElsewhere || now - (aircraft.seenAt ?? 0) < freeAfterMs
}

/** Whether a dock names this aircraft for the first time within a day. */
export const isNew = (
  dockSn: string,
  sn: string,
  aircraft: KnownAircraft | undefined,
  newAircraft: readonly NewAircraft[],
): boolean => aircraft?.dockSn !== dockSn && !newAircraft.some((one) => one.sn === sn)
