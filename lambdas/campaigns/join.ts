import { eachOf } from '../runtime/each-of.ts'
import type { Table } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { deviceKey, memberKey } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'
import { defaultFleet } from '../table/settings.ts'
import { isOpen, openAttempt } from '../upgrades/attempts.ts'
import { type Device, isNameable, readDevice } from '../upgrades/devices.ts'
import type { KnownAttempt } from '../upgrades/reader.ts'
import { upgradeStatus } from '../upgrades/state.ts'
import { upgradeStore } from '../upgrades/store.ts'
import { attemptIn } from './attempt-in.ts'
import { Member, readAttempts } from './members.ts'
import { type Campaign, campaignStore } from './store.ts'

/**
 * The outcome for a device that was to be added. `retried`: its attempt had ended without success, and it
 * tries again. `chosen`: it gets its turn when its phase opens. `succeeded`: nothing is left to try.
 * `anotherOpen`: it has an attempt outside of this campaign. `notPermitted`: it is not in the campaign's
 * fleet, or not in the caller's. `aborted`: the campaign was aborted meanwhile. `notDone`: send it again.
 */
export type Joined =
  | ('opened' | 'retried' | 'alreadyIn' | 'succeeded' | 'anotherOpen')
  | ('chosen' | 'notPermitted' | 'aborted' | 'notDone')
/** `unknown`: the device is not registered and has never sent anything; the id may be mistyped. */
export type JoinResult = {
  deviceId: string
  outcome: Joined
  attemptId?: string | undefined
  unknown?: true | undefined
}

type JoinOptions = {
  fleets: Fleets
  by: string
  now: () => number
  newId: (now: number) => string
  /** Whether devices whose attempt in the campaign ended without success try again. */
  retry: boolean
  /** Epoch ms; devices not processed by then are `notDone`. */
  until: number
  /** Asks a device whose attempt was opened for its version. */
  ask: (device: Pick<Device, 'deviceId' | 'parentId'>) => Promise<void>
  onError: (deviceId: string, error: unknown) => void
}

/** How often a device is read again that reports at the very moment of opening. */
const maxTries = 5

/** Attempts opened in parallel: each is a transaction of its own device. */
const openedAtOnce = 25

/**
 * Opens an attempt for each of the devices; results are in their order. Idempotent, except that a repeated
 * retry tries again what has failed again.
 */
export const addDevices = async (
  table: Table,
  campaign: Campaign,
  deviceIds: readonly string[],
  options: JoinOptions,
): Promise<JoinResult[]> => {
  const given = await readKnown(table, campaign.id, deviceIds, options.retry)
  const results = new Map<string, JoinResult>()
  await eachOf(given, openedAtOnce, async (one) => {
    const { deviceId } = one
    try {
      if (options.now() < options.until) results.set(deviceId, await addDevice(table, campaign, one, options))
    } catch (error) {
      options.onError(deviceId, error)
    }
  })
  // The sweep closes the attempts of devices that were added while the campaign was aborted: it goes on for
  // as long as a request may take.
  const isAborted = (await campaignStore(table).get(campaign.id))?.aborted !== undefined
  return deviceIds.map((deviceId) => {
    const result: JoinResult = results.get(deviceId) ?? { deviceId, outcome: 'notDone' }
    const isIn = result.outcome === 'opened' || result.outcome === 'retried'
    return isAborted && isIn ? { deviceId, outcome: 'aborted' } : result
  })
}

/** `before`: the attempt by which the device counts in the campaign so far. */
type Known = {
  deviceId: string
  member: Member | undefined
  before: KnownAttempt | undefined
  device: Device | undefined
}

const readKnown = async (
  table: Table,
  campaignId: string,
  deviceIds: readonly string[],
  retry: boolean,
): Promise<Known[]> => {
  const memberKeys = deviceIds.map((deviceId) => memberKey(campaignId, deviceId))
  const [rows, devices] = await Promise.all([
    readAll(table, memberKeys, true),
    readAll(table, deviceIds.map(deviceKey), true),
  ])
  const members = rows.map((row) => row && Member.parse(row))
  const known = members.flatMap((member) => member ?? [])
  const attempts = retry ? await readAttempts(table, known) : []
  const before = new Map(known.map(({ deviceId }, n) => [deviceId, attempts[n]]))
  return deviceIds.map((deviceId, n) => ({
    deviceId,
    member: members[n],
    before: before.get(deviceId),
    device: devices[n] && readDevice(devices[n]),
  }))
}

const addDevice = async (
  table: Table,
  campaign: Campaign,
  { deviceId, member, before, device: known }: Known,
  { fleets, by, now, newId, retry, ask }: JoinOptions,
): Promise<JoinResult> => {
  const retryOutcome = member && (retry ? retryOutcomeOf(before, now()) : 'alreadyIn')
  let device = known
  for (let tries = 1; tries <= maxTries; tries++) {
    const fleet = device?.fleet ?? defaultFleet
    if (!isNameable(device, fleets) || (campaign.fleet ?? fleet) !== fleet)
      return { deviceId, outcome: 'notPermitted' }
    if (retryOutcome && retryOutcome !== 'retried')
      return { deviceId, outcome: retryOutcome, attemptId: member?.attemptId }
    const attempt = attemptIn(campaign, { id: newId(now()), openedAt: now(), requestedBy: by })
    const retryOf = member && {
      id: member.attemptId,
      isFollowed: device?.attempt?.id !== member.attemptId && before !== undefined,
    }
    const opened = await openAttempt(table, deviceId, device, attempt, {
      replace: false,
      now: now(),
      retryOf,
    })
    const openId = device?.attempt?.id
    if (opened === 'opened') {
      await ask({ deviceId, parentId: device?.parentId })
      const unknown = known === undefined ? { unknown: true as const } : {}
      return { deviceId, outcome: retryOutcome ?? 'opened', attemptId: attempt.id, ...unknown }
    }
    if (opened === 'alreadyIn') return { deviceId, outcome: 'alreadyIn' }
    if (opened !== 'changed')
      return device?.attempt?.campaignId === campaign.id
        ? { deviceId, outcome: 'alreadyIn', attemptId: openId }
        : { deviceId, outcome: 'anotherOpen', attemptId: openId }
    device = await upgradeStore(table, now).get(deviceId)
  }
  return { deviceId, outcome: 'notDone' }
}

/** A retry is for an attempt that ended without success; an expired attempt counts as one. */
const retryOutcomeOf = (before: KnownAttempt | undefined, now: number): Joined => {
  if (!before) return 'retried'
  if (isOpen(before.of, now)) return 'alreadyIn'
  const { state } = upgradeStatus(before.attempt, before.of.registers, now)
  return state === 'succeeded' ? 'succeeded' : 'retried'
}
