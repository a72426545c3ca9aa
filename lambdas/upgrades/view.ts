import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import { explainFailure } from './codes.ts'
import type { Device } from './devices.ts'
import { percentOf, receivedAt, type UpgradeRegisters } from './registers.ts'
import type * as shapes from './shapes.ts'
import { lastSeenAt, type Signs } from './signs.ts'
import { type Attempt, runningVersion, type UpgradeStatus, upgradeStatus } from './state.ts'
import type { Traits } from './traits.ts'

/** Devices and their upgrades as the API shows them. Pure. */

export const attemptHref = (deviceId: string, id: string): string =>
  `/v1/devices/${deviceId}/upgrade-attempts/${id}`

export const registrationView = (
  { deviceId, parentId, fleet, registeredAt }: Device,
  { model, labels, timeZone }: Traits = {},
): View<typeof shapes.RegisteredDevice> => ({
  deviceId,
  parentId,
  fleet,
  registeredAt: registeredAt === undefined ? undefined : iso(registeredAt),
  model,
  labels,
  timeZone,
})

export const upgradeView = (
  device: Device,
  now: number,
  signs: Signs = {},
  { model, labels, timeZone }: Traits = {},
): View<typeof shapes.Upgrade> => {
  const { deviceId, fleet, parentId, attempt, registers } = device
  const status = upgradeStatus(attempt, registers, now)
  const seenAt = lastSeenAt(registers, signs)
  const running = (of: 'firmware' | 'software') => {
    const known = registers[of]
    return known && { version: known.version, reportedAt: iso(receivedAt(known)) }
  }
  return {
    deviceId,
    fleet,
    parentId,
    model,
    labels,
    timeZone,
    state: status.state,
    evidence: status.evidence,
    firmware: running('firmware'),
    software: running('software'),
    ...reported(device, status),
    lastSeenAt: seenAt === undefined ? undefined : iso(seenAt),
    sdk: signs.sdk?.version,
    attempt: attempt && attemptView(device, attempt, now),
  }
}

export const attemptView = (
  device: Pick<Device, 'deviceId' | 'registers'>,
  attempt: Attempt,
  now: number,
): View<typeof shapes.UpgradeAttempt> => {
  const { deviceId, registers } = device
  const status = upgradeStatus(attempt, registers, now)
  return {
    id: attempt.id,
    deviceId,
    package: attempt.package,
    targetVersion: attempt.target,
    state: status.state ?? 'pending',
    evidence: status.evidence,
    ...standing(status),
    openedAt: iso(attempt.openedAt),
    fromVersion: registers.ran?.version,
    timeoutSeconds: attempt.timeoutSeconds,
    proveSeconds: attempt.proveSeconds,
    campaignId: attempt.campaignId,
    packageId: attempt.packageId,
    ...driving(registers, status),
    requestedBy: attempt.requestedBy,
    closedBy: status.state === 'closed' ? registers.closed?.by : undefined,
    description: descriptionOf(registers, status),
    ...reported({ registers, attempt }, status),
  }
}

/** What a driven attempt was offered, and what it waits for. */
const driving = ({ offered }: UpgradeRegisters, { drive }: UpgradeStatus) => ({
  deliveries: offered?.n,
  offeredAt: offered && iso(receivedAt(offered)),
  waitingFor: drive?.waitingFor,
})

/** The deadlines of an attempt, and whether anything had to be installed. */
const standing = ({ alreadyRunning, silentAt, provesAt }: UpgradeStatus) => ({
  alreadyRunning,
  silentAt: silentAt === undefined ? undefined : iso(silentAt),
  provesAt: provesAt === undefined ? undefined : iso(provesAt),
})

/** The device's description of the failure that the state shows, otherwise of its progress. */
const descriptionOf = ({ failed, latest }: UpgradeRegisters, { failureCode }: UpgradeStatus) =>
  (failureCode === undefined ? latest : [failed, latest].find((one) => one?.code === failureCode))?.text

const reported = ({ registers, attempt }: Pick<Device, 'registers' | 'attempt'>, status: UpgradeStatus) => ({
  lastReportAt: registers.latest && iso(receivedAt(registers.latest)),
  percent: registers.latest && percentOf(registers.latest),
  reportedVersion: runningVersion(registers, attempt),
  failure: failureOf(status),
})

const failureOf = ({ state, failureCode, failureReason }: UpgradeStatus) => {
  if (state === 'rolledBack' && failureCode === undefined) return rolledBack
  if (failureCode !== undefined) return failureView(failureCode)
  if (failureReason !== undefined) return { code: failureReason, ...ownReasons[failureReason] }
  return state === 'timedOut' ? silent : undefined
}

/** The failure that a machine reported by this code. */
export const failureView = (result: number) => {
  const { code, reason, advice, retryable } = explainFailure(result)
  return { code, reason, advice, retryable }
}

const silent = {
  code: 'silent',
  reason: 'The device did not report within the attempt’s timeout, and did not answer when it was asked.',
  advice: 'Check whether the device is online. A report of the target version still counts.',
  retryable: true,
}

const ownReasons = {
  notInstalled: {
    reason:
      'The dock reported that the upgrade is done, but the machine runs another version than the target.',
    advice:
      'Check that the package is for this model, and that its file has the version that it names. Then try again.',
    retryable: true,
  },
  neverHeard: {
    reason: 'The device has sent nothing since the attempt was opened, so it was not offered the package.',
    advice: 'Check whether the device is online, and whether its messages arrive here. Then try again.',
    retryable: true,
  },
  sourceNotAllowed: {
    reason: 'The package is not for the version that the device runs.',
    advice: 'First bring the device to one of the versions in the package’s `from`.',
    retryable: false,
  },
  packageUnavailable: {
    reason: 'The file of the package is no longer in storage as it was proved.',
    advice: 'Upload the file to a new package, and find out who changed or deleted the old one.',
    retryable: false,
  },
  downloadsOff: {
    reason: 'The package is downloaded with a token, but Groundcrew is deployed without such downloads.',
    advice: 'Deploy with the option packageDownloads=on, or make another package with the offer v2.',
    retryable: false,
  },
}

const rolledBack = {
  code: 'rolledBack',
  reason: 'The device ran the target version, but now reports another one.',
  advice: 'Before you try again, find out from its reports and its own logs why it went back.',
  retryable: false,
}
