import { waitUntilOver } from '../../client/index.ts'
import type { Context } from '../context.ts'
import { Failure } from '../exit.ts'
import { watched } from '../waiting.ts'
import { approvalOf, exitOf, showCampaign, stepOf } from './campaign-view.ts'

type Watched = { timeout?: number | undefined }

/** Watches a campaign to its end, which determines the exit status. */
export const watchCampaign = async (context: Context, id: string, { timeout }: Watched): Promise<void> => {
  const { crew, out } = context
  const again = `groundcrew campaigns watch ${id}`
  const ended = await watched(context, { timeout, again, step: stepOf }, (options) =>
    crew.campaigns.waitFor(id, options),
  )
  if (!out.json) showCampaign(context, ended)
  context.endsWith(exitOf(ended))
}

type Approved = Watched & { comment?: string | undefined; wait?: true | undefined }

/** Approves the waiting phase, which opens the next one. @throws Failure if no phase waits */
export const approve = async (
  context: Context,
  id: string,
  phase: string | undefined,
  { comment, wait, timeout }: Approved,
): Promise<void> => {
  const { crew, out } = context
  const waiting = phase ?? approvalOf(await crew.campaigns.get(id))
  if (waiting === undefined)
    throw new Failure(`No phase of ${id} waits for approval`, {
      remedy: `Look at its state: groundcrew campaigns show ${id}`,
    })
  const campaign = await crew.campaigns.approve(id, { phase: waiting, ...(comment ? { comment } : {}) })
  if (wait) return watchCampaign(context, id, { timeout })
  out.record(campaign, () => `${out.safe(waiting)} is approved`)
}

/** Lets no more devices start; with `wait` until no device is in progress. */
export const abort = async (
  context: Context,
  id: string,
  { wait, timeout }: Watched & { wait?: true | undefined },
): Promise<void> => {
  const { crew, out } = context
  const aborted = await crew.campaigns.abort(id)
  if (!wait) return out.record(aborted, () => `${out.safe(id)} is aborted; what devices have begun goes on`)
  const still = await watched(
    context,
    { timeout, again: `groundcrew campaigns abort ${id} --wait`, step: stepOf },
    (options) =>
      waitUntilOver(
        {
          read: () => crew.campaigns.get(id),
          isOver: ({ states }) => states.pending + states.upgrading === 0,
        },
        options,
      ),
  )
  if (!out.json) showCampaign(context, still)
}
