import { credentialsLifetimeSeconds } from './deadlines.ts'
import type { Env } from './env.ts'
import { env as names } from './env.ts'
import { estimateSeconds, inParts, withSizes } from './estimate.ts'
import type { Chosen } from './selection.ts'
import type { ModuleLogs } from './store/listings.ts'
import type { Work } from './store/remaining-work.ts'
import type { Selection } from './store/upload-view.ts'

/**
 * What becomes of an upload that by its estimate cannot end before its credentials do, or before its `finishBy`: refused, divided into
 * consecutive uploads, or allowed all the same. Pure.
 */

export type LongUploads = 'refuse' | 'split' | 'allow'

export const longUploads = (env: Env): LongUploads => {
  const given = env[names.longUploads]
  return given === 'split' || given === 'allow' ? given : 'refuse'
}

export type Fitted =
  | { outcome: 'fits'; work: Work; estimatedSeconds: number | undefined }
  /** `part`: the first of the chosen logs, as many as would fit; none if the first one alone does not. */
  | { outcome: 'tooLong'; estimatedSeconds: number; limitSeconds: number; part: readonly Selection[] }

/** Uploads that one request may become. */
const mostParts = 8

/** A part is planned to need this share of the time there is: estimates are of a dock at its best. */
const planned = 0.75

export const fit = (
  chosen: readonly Chosen[],
  {
    listed,
    rate,
    mode,
    availableMs,
  }: {
    listed: readonly ModuleLogs[]
    rate: number | undefined
    mode: LongUploads
    /** Until `finishBy`, if there is one. */
    availableMs: number
  },
): Fitted => {
  const selections = withSizes(chosen, listed)
  const estimatedSeconds = estimateSeconds(selections, rate)
  const limitSeconds = Math.floor(Math.min(credentialsLifetimeSeconds, availableMs / 1000))
  if (
    rate === undefined ||
    estimatedSeconds === undefined ||
    estimatedSeconds <= limitSeconds ||
    mode === 'allow'
  )
    return { outcome: 'fits', work: { part: selections, rest: [] }, estimatedSeconds }
  const parts = inParts(selections, listed, rate * limitSeconds * planned)
  const fits = (part: readonly Selection[] = []) => (estimateSeconds(part, rate) ?? 0) <= limitSeconds
  const [part = [], ...rest] = parts
  if (mode === 'split' && parts.length <= mostParts && parts.every(fits))
    return { outcome: 'fits', work: { part, rest }, estimatedSeconds: estimateSeconds(part, rate) }
  return { outcome: 'tooLong', estimatedSeconds, limitSeconds, part: fits(part) ? part : [] }
}
