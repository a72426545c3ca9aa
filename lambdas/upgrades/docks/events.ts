import type { OfferReply, UpgradeProgress } from '../../../protocols/dji-firmware/facts.ts'
import { isUpgradingAlready } from '../../../protocols/dji-firmware/results.ts'
import type { UpgradeReport, VersionReport } from '../../../protocols/huawei-ota/facts.ts'

/**
 * What a dock says of an upgrade, as what a device says of one: the same facts decide about both. Pure.
 */

/**
 * The dock's answer to an offer. That it is at an upgrade already is no refusal: that one is watched. A yes
 * makes nothing known but that it came.
 */
export const reportOfReply = (sn: string, { result, refused }: OfferReply): UpgradeReport => {
  const head = { kind: 'upgradeReport' as const, deviceId: sn }
  if (isUpgradingAlready(result)) return { ...head, resultCode: 0, description: 'upgrading already' }
  return { ...head, resultCode: result, ...(refused ? { hasFailed: true } : {}) }
}

/**
 * How far the dock is. Only the end is 100 percent: each of its two stages goes up to that, and what says 100
 * elsewhere is the end of a download. `done` has no version, so that it is a claim and no more.
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
 * What a machine runs. Of the target it is the proof only once the machine was heard after it restarted;
 * before that it is a claim that has to stand for a while.
 */
export const reportOfVersion = (
  sn: string,
  version: string,
  { target, hasRestarted }: { target: string; hasRestarted: boolean },
): UpgradeReport | VersionReport =>
  version === target && !hasRestarted
    ? { kind: 'upgradeReport', deviceId: sn, resultCode: 0, percent: 100, version }
    : { kind: 'versionReport', deviceId: sn, firmware: version }
