import { explainFailure } from '../../upgrades/codes.ts'
import type { UpgradeState } from '../../upgrades/upgrade-states.ts'
import type { Retry } from './shapes.ts'

/**
 * How a device's newest attempt in a campaign ended. `code`: the vendor's result code, where a code is the
 * reason; `tries`: attempts that it had in the campaign, this one with them; `endedAt` in epoch ms.
 */
export type EndedTry = {
  state: UpgradeState
  code?: number | undefined
  tries: number
  endedAt: number
}

/**
 * When the device is tried again, in epoch ms; undefined: it is not. Where the campaign names codes, these
 * and nothing else are tried again. Else it is silence, and what can go well unchanged the next time. Pure.
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
