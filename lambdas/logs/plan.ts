import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { idsAndDeadlines } from './begin.ts'
import type { Cause } from './cause.ts'
import { type FollowNeeds, rateOf } from './follow.ts'
import { fit, type LongUploads, type TooLong } from './long-uploads.ts'
import type { NewUpload } from './open.ts'
import { type Choice, chooseLogs, type GivenSelection } from './select.ts'
import { maxHalvings } from './series.ts'

/** Plans a requested upload: checks it against the dock's newest listing and the available time. */

export type PlanNeeds = Pick<FollowNeeds, 'uploads' | 'listings' | 'now' | 'newId'> & {
  longUploads: LongUploads
}

/** An upload as it is requested; `finishBy` is epoch ms. */
export type PlanInput = {
  selections: readonly GivenSelection[]
  finishBy?: number | undefined
  requestedBy: string
  note?: string | undefined
  retries: number
  cause?: Cause | undefined
}

export type Planned =
  | { outcome: 'planned'; upload: NewUpload }
  /** The listing has no such logs, or the module was never listed. */
  | { outcome: 'unfit'; choice: Exclude<Choice, { ok: true; chosen: { module: Module }[] }> }
  | TooLong

export const planUpload = async (
  use: PlanNeeds,
  dockSn: string,
  { selections, finishBy, requestedBy, note, retries, cause }: PlanInput,
  now: number,
): Promise<Planned> => {
  const [listed, rate] = await Promise.all([use.listings.logs(dockSn), rateOf(use, dockSn)])
  const choice = chooseLogs(selections, listed)
  if (!choice.ok) return { outcome: 'unfit', choice }
  const availableMs = (finishBy ?? Number.POSITIVE_INFINITY) - now
  const work = { part: choice.chosen, rest: [] }
  const fitted = fit(work, { listed, rate, mode: use.longUploads, availableMs })
  if (fitted.outcome === 'tooLong') return fitted
  const upload: NewUpload = {
    ...idsAndDeadlines(use, now),
    finishBy,
    requestedBy,
    note,
    cause,
    selections: fitted.work.part,
    estimatedSeconds: fitted.estimatedSeconds,
    retriesLeft: retries,
    halvingsLeft: maxHalvings,
    rest: fitted.work.rest,
  }
  return { outcome: 'planned', upload }
}
