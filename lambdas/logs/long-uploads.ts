import { type Env, env as names } from '../runtime/env.ts'
import { credentialsLifetimeSeconds } from '../storage/credentials/provider.ts'
import { cutBySize, estimateSeconds, withSizes } from './estimate.ts'
import type { ModuleLogs } from './listings/store.ts'
import type { Selection } from './request.ts'
import type { Work } from './series.ts'

/**
 * Handles uploads that, by the estimate, cannot end before their credentials expire or before their
 * `finishBy`. The deployment chooses: refuse them, allow them anyway, or split them into consecutive uploads
 * if these can end by `finishBy`. Pure.
 */

export type LongUploads = 'refuse' | 'split' | 'allow'

export const longUploads = (env: Env): LongUploads => {
  const given = env[names.longUploads]
  return given === 'split' || given === 'allow' ? given : 'refuse'
}

export type Fitted = { outcome: 'fits'; work: Work; estimatedSeconds: number | undefined } | TooLong

/** `part`: as many of the first selected logs as would fit; empty if not even the first one does. */
export type TooLong = {
  outcome: 'tooLong'
  estimatedSeconds: number
  limitSeconds: number
  part: readonly Selection[]
}

/** The most uploads into which one request is split. */
const maxParts = 8

/**
 * The share of the available time that a part is planned to need, because estimates use the dock's best rate.
 */
const planned = 0.75

/**
 * Fits work into the available time. `rest` has to end by `finishBy` too. Splitting helps against credentials
 * that expire, not against `finishBy`.
 */
export const fit = (
  { part, rest }: Work,
  {
    listed,
    rate,
    mode,
    availableMs,
  }: {
    listed: readonly ModuleLogs[]
    rate: number | undefined
    mode: LongUploads
    /** The time until `finishBy`, if there is one. */
    availableMs: number
  },
): Fitted => {
  const selections = withSizes(part, listed)
  const estimatedSeconds = estimateSeconds(selections, rate)
  if (rate === undefined || estimatedSeconds === undefined || mode === 'allow')
    return { outcome: 'fits', work: { part: selections, rest }, estimatedSeconds }
  const inAll = estimateSeconds([...selections, ...withSizes(rest.flat(), listed)], rate) ?? estimatedSeconds
  const availableSeconds = Math.floor(availableMs / 1000)
  const limitSeconds = Math.min(credentialsLifetimeSeconds, availableSeconds)
  if (estimatedSeconds <= limitSeconds && inAll <= availableSeconds)
    return { outcome: 'fits', work: { part: selections, rest }, estimatedSeconds }
  const parts = cutBySize(selections, listed, rate * limitSeconds * planned)
  const fits = (one: readonly Selection[] = []) => (estimateSeconds(one, rate) ?? 0) <= limitSeconds
  const [first = [], ...others] = parts
  const divisible = parts.length <= maxParts && parts.every(fits)
  if (mode === 'split' && inAll <= availableSeconds && divisible)
    return {
      outcome: 'fits',
      work: { part: first, rest: [...others, ...rest] },
      estimatedSeconds: estimateSeconds(first, rate),
    }
  return { outcome: 'tooLong', estimatedSeconds: inAll, limitSeconds, part: fits(first) ? first : [] }
}
