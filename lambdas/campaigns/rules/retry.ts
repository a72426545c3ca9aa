import { explainFailure } from '../../upgrades/codes.ts'
import type { UpgradeState } from '../../upgrades/upgrade-states.ts'
import type { Retry } from './shapes.ts'

/**
 * How a device's newest attempt in a campaign ended. `code`: the vendor's result code, if there is one;
 * `tries`: its attempts in the campaign, including this one; `endedAt` in epoch ms.
 */
export type EndedTry = {
  state: UpgradeState
  code?: number | undefined
  tries: number
  endedAt: number
}

/**
 * When the device is tried again, epoch ms; undefined: never. If the campaign names codes, only these are
 * tried again. Otherwise silence is, and failures that may succeed unchanged the next time. Pure.
 */
export const retryAt = (
  { times, afterSeconds, codes }: Retry,
  { state, code, tries, endedAt }: EndedTry,
): number | undefined => {
  const isPassing =
    code === undefined
      ? state === 'timedOut' && codes === undefined
      : (state === 'failed' || state === 'rolledBack') &&
        (codes?.includes(code) ?? explainFailure(code).retryable)
  return isPassing && tries <= times ? endedAt + afterSeconds * 1000 : undefined
}
