import type { Attempt } from '../upgrades/state.ts'
import type { Campaign } from './store.ts'

/** A device's attempt in a campaign, with the campaign's settings. */
export const attemptIn = (
  { id: campaignId, package: of, target, timeoutSeconds, proveSeconds }: Campaign,
  attempt: Pick<Attempt, 'id' | 'openedAt' | 'requestedBy'>,
): Attempt => ({ ...attempt, package: of, target, timeoutSeconds, proveSeconds, campaignId })
