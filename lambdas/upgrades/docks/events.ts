import type { OfferReply, UpgradeProgress } from '../../../protocols/dji-firmware/facts.ts'
import { isUpgradingAlready } from '../../../protocols/dji-firmware/results.ts'
import type { ReportEvent, UpgradeReport } from '../meaning.ts'

/**
 * Turns a dock's messages about an upgrade into reports like a device's: the same facts decide about both.
 * Pure.
 */

/**
 * The dock's answer to an offer. "Upgrading already" is no refusal: we watch that upgrade. An acceptance
 * shows only that the offer arrived.
 */
export const reportOfReply = (sn: string, { result, refused }: OfferReply): UpgradeReport => {
  const head = { kind: 'upgradeReport' as const, deviceId: sn }
  if (isUpgradingAlready(result)) return { ...head, resultCode: 0, description: 'upgrading already' }
  return { ...head, resultCode: result, ...(refused ? { hasFailed: true } : {}) }
}

/**
 * The dock's progress. Only the end is 100 percent: each of the dock's two stages counts up to 100, and
 * elsewhere 100 means the end of a download. `done` has no version, so it is only a claim.
 */
export const reportOfProgress = (
  sn: string,
  { status, end, stage, percent, result = 0 }: UpgradeProgress,
): UpgradeReport => {
  const head = { kind: 'upgradeReport' as const, deviceId: sn }
  if (isUpgradingAlready(result)) return { ...head, resultCode: 0, description: 'upgrading already' }
  if (end === 'done' && result === 0) return { ...head, resultCode: 0, percent: 100 }
  const description =
    end && end !== 'failed' ? words[end] : (stage ?? (status === 'paused' ? status : undefined))
  return {
    ...head,
    resultCode: result,
    ...(percent === undefined ? {} : { percent: Math.min(percent, 99) }),
    ...(description === undefined ? {} : { description }),
    ...(end === undefined || end === 'done' ? {} : { hasFailed: true }),
  }
}

const words = { done: 'done', canceled: 'canceled', rejected: 'rejected', timedOut: 'timed out' } as const

/**
 * The version that a machine runs. A report of the target proves it only after the machine has reconnected
 * following a restart; before that it is a claim that has to stand for the proof period.
 */
export const reportOfVersion = (
  sn: string,
  version: string,
  { target, hasRestarted }: { target: string; hasRestarted: boolean },
): ReportEvent =>
  version === target && !hasRestarted
    ? { kind: 'upgradeReport', deviceId: sn, resultCode: 0, percent: 100, version }
    : { kind: 'versionReport', deviceId: sn, firmware: version }
