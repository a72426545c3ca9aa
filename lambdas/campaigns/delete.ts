import type { Handlers } from '../http/on-http.ts'
import { done, overtaken, problem, unknownCampaign } from '../http/reply.ts'
import type { campaignRoutes } from './routes.ts'
import type { CampaignState } from './rules/transitions.ts'
import { type Campaign, type campaignStore, isVisible } from './store.ts'
import { campaignHref } from './view.ts'

/**
 * Deletes campaigns that have not begun, or have ended. Their decisions and their devices' results can be
 * read until they expire. Idempotent: only the first deletion counts.
 */

type Needs = {
  campaigns: Pick<ReturnType<typeof campaignStore>, 'get' | 'markDeleted'>
  now: () => number
}

const over: readonly string[] = ['stopped', 'finished', 'aborted'] satisfies CampaignState[]

/** It has ended when it is no longer due: then none of its devices is in progress. Pure. */
const isDeletable = ({ rollout, addedAt, aborted, dueKind }: Campaign): boolean => {
  const hasBegun = rollout ? rollout.state !== 'draft' : addedAt !== undefined
  if (!hasBegun) return true
  const isOver = !rollout || aborted !== undefined || over.includes(rollout.state)
  return isOver && dueKind === undefined
}

export const deleteCampaigns = ({
  campaigns,
  now,
}: Needs): Handlers<typeof campaignRoutes, 'deleteCampaign'> => ({
  deleteCampaign: async ({ params: { id }, fleets, caller }) => {
    const campaign = await campaigns.get(id)
    if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(id)
    if (campaign.deleted) return done()
    if (!isDeletable(campaign))
      return problem(
        'campaign-in-use',
        'Abort it, or wait for its end: it can be deleted a minute or two after its last device has ended.',
        { href: campaignHref(id) },
      )
    return (await campaigns.markDeleted(campaign, { at: now(), by: caller.name }))
      ? done()
      : overtaken('campaign')
  },
})
