import { openAttempt } from './attempts.ts'
import { forEachDevice, Member } from './campaign-members.ts'
import type { Campaign } from './campaigns.ts'
import { type Device, readDevice } from './devices.ts'
import type { Table } from './dynamodb.ts'
import { deviceKey, memberKey } from './keys.ts'
import { type Fleets, includes, readAll } from './pages.ts'
import { defaultFleet } from './settings.ts'
import { type Attempt, defaultProveSeconds } from './upgrade-state.ts'
import { upgradeStore } from './upgrades.ts'

/**
 * What became of a device that was to join. `anotherOpen`: it is upgrading apart from this campaign; `notPermitted`: it is
 * not of the campaign's fleet, or not of the caller's; `aborted`: the campaign was stopped meanwhile; `notDone`: ask again.
 */
export type Joined = 'opened' | 'alreadyIn' | 'anotherOpen' | 'notPermitted' | 'aborted' | 'notDone'
export type JoinResult = { deviceId: string; outcome: Joined; attemptId?: string | undefined }

export type JoinTerms = {
  fleets: Fleets
  by: string
  now: () => number
  newId: (now: number) => string
  /** Epoch ms; devices that have not had their turn by then are `notDone`. */
  until: number
  onError: (deviceId: string, error: unknown) => void
}

/** A device that reports in the very moment of opening is read again, so many times. */
const mostTries = 5

/** Opens an attempt for each of the devices; a result for each, in their order. A repeat changes nothing. */
export const addDevices = async (
  table: Table,
  campaign: Campaign,
  deviceIds: readonly string[],
  terms: JoinTerms,
): Promise<JoinResult[]> => {
  const [members, devices] = await Promise.all([
    readAll(
      table,
      deviceIds.map((deviceId) => memberKey(campaign.id, deviceId)),
      true,
    ),
    readAll(table, deviceIds.map(deviceKey), true),
  ])
  const results = new Map<string, JoinResult>()
  const given = deviceIds.map((deviceId, n) => ({
    deviceId,
    member: members[n] && Member.parse(members[n]),
    device: devices[n] && readDevice(devices[n]),
  }))
  await forEachDevice(given, async (one) => {
    const { deviceId } = one
    try {
      if (terms.now() < terms.until) results.set(deviceId, await addDevice(table, campaign, one, terms))
    } catch (error) {
      terms.onError(deviceId, error)
    }
  })
  return deviceIds.map((deviceId) => results.get(deviceId) ?? { deviceId, outcome: 'notDone' })
}

type Known = { deviceId: string; member: Member | undefined; device: Device | undefined }

const addDevice = async (
  table: Table,
  campaign: Campaign,
  { deviceId, member, device: known }: Known,
  { fleets, by, now, newId }: JoinTerms,
): Promise<JoinResult> => {
  let device = known
  for (let tries = 1; tries <= mostTries; tries++) {
    const fleet = device?.fleet ?? defaultFleet
    if (!includes(fleets, fleet) || (campaign.fleet ?? fleet) !== fleet)
      return { deviceId, outcome: 'notPermitted' }
    if (member) return { deviceId, outcome: 'alreadyIn', attemptId: member.attemptId }
    const attempt = attemptOf(campaign, newId(now()), by, now())
    const opened = await openAttempt(table, deviceId, device, attempt, { replace: false, now: now() })
    const openId = device?.attempt?.id
    if (opened === 'opened') return { deviceId, outcome: 'opened', attemptId: attempt.id }
    if (opened === 'fenced') return { deviceId, outcome: 'aborted' }
    if (opened === 'alreadyIn') return { deviceId, outcome: 'alreadyIn' }
    if (opened !== 'changed')
      return device?.attempt?.campaignId === campaign.id
        ? { deviceId, outcome: 'alreadyIn', attemptId: openId }
        : { deviceId, outcome: 'anotherOpen', attemptId: openId }
    device = await upgradeStore(table, now).get(deviceId)
  }
  return { deviceId, outcome: 'notDone' }
}

const attemptOf = (campaign: Campaign, id: string, by: string, now: number): Attempt => ({
  id,
  package: campaign.package,
  target: campaign.target,
  openedAt: now,
  timeoutSeconds: campaign.timeoutSeconds,
  proveSeconds: defaultProveSeconds,
  campaignId: campaign.id,
  requestedBy: by,
})
