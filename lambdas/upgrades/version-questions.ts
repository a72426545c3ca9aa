import { versionQuery } from '../../protocols/huawei-ota/down.ts'
import type { Publish } from '../runtime/publish.ts'
import type { Device } from './devices.ts'
import type { Reported } from './facts.ts'
import { meaningOf } from './meaning.ts'
import { receivedAt } from './registers.ts'
import { type Attempt, isOpenState, upgradeStatus } from './state.ts'

/**
 * Asks devices for their version: only a version report is a proof. Asking again is harmless, so whoever
 * cannot know whether a question went out asks once more.
 */

/** What a device just said: its events about upgrades, and whether it said anything else. */
export type JustHeard = { events: readonly Reported[]; heard: boolean }

/**
 * Whether to ask a device that has just spoken. Yes if a report looks like the end of an upgrade or of a
 * download. Also at every message while a claim of the target waits for its proof, while the device has not
 * reported its version since the attempt opened, or when that version is too old for another offer. A version
 * report alone is an answer, and leads to no new question.
 */
export const needsVersion = (
  { attempt, registers }: Device,
  { events, heard }: JustHeard,
  now: number,
): boolean => {
  if (!attempt) return false
  const status = upgradeStatus(attempt, registers, now)
  if (status.state === 'closed' || status.evidence === 'confirmed') return false
  const reports = events.filter((one) => one.event.kind === 'upgradeReport' && isCounted(one, attempt))
  if (reports.some((one) => looksLikeAnEnd(one, attempt))) return true
  if (!heard && reports.length === 0) return false
  if (!isOpenState(status)) return status.state === 'rolledBack' && reports.length > 0
  if (status.drive?.wantsVersion) return true
  const known = registers[attempt.package]
  const isUnknown = status.state === 'pending' && (known ? receivedAt(known) : 0) < attempt.openedAt
  return registers.rematched !== undefined || isUnknown
}

const isCounted = ({ receipt }: Reported, { openedAt }: Attempt): boolean => receipt.receivedAt >= openedAt

/** Some devices never report a percentage, so that a report without one may be the last. */
const looksLikeAnEnd = ({ event }: Reported, attempt: Attempt): boolean => {
  if (event.kind !== 'upgradeReport') return false
  const meaning = meaningOf(event, attempt)
  return (
    meaning === 'matched' ||
    meaning === 'downloaded' ||
    (meaning === 'upgrading' && event.percent === undefined)
  )
}

/** Seconds after which the broker drops a question that the device has not collected. */
const lifetimeSeconds = 60

/** Asks a device, through its gateway `via`. Rejects if the question could not be sent. */
export const askVersion = (
  { publish, now }: { publish: Publish; now: () => number },
  { deviceId, parentId }: Pick<Device, 'deviceId' | 'parentId'>,
  {
    via = parentId,
    expiresInSeconds = lifetimeSeconds,
  }: { via?: string | undefined; expiresInSeconds?: number } = {},
): Promise<void> => publish(versionQuery(deviceId, { sentAt: now(), gatewayId: via }), { expiresInSeconds })
