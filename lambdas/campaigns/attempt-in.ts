import type { Attempt } from '../upgrades/state.ts'
import type { Campaign } from './store.ts'

/** A device's attempt in a campaign, as the campaign's settings have it. */
export const attemptIn = (
  { id: campaignId, package: of, target, timeoutSeconds, proveSeconds }: Campaign,
  attempt: Pick<Attempt, 'id' | 'openedAt' | 'requestedBy'>,
): Attempt => ({ ...attempt, package: of, target, timeoutSeconds, proveSeconds, campaignId })
