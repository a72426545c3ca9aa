import type { Hook } from './hook.ts'

/** Which events a webhook gets. Pure. */

/** What has to be known of an event. */
export type Wanted = { type: string; fleet?: string | undefined; about?: string | undefined }

/** `groundcrew.upload.*` stands for all that begin so. */
const isSelected = (types: readonly string[], type: string): boolean =>
  types.some((one) => (one.endsWith('.*') ? type.startsWith(one.slice(0, -1)) : one === type))

/** What is told of webhooks themselves. */
const aboutWebhooks = 'groundcrew.webhook.'
export const testType = 'groundcrew.webhook.test.v1'

/**
 * A webhook for some fleets gets nothing that is of no fleet. What is told of a webhook never goes to itself, but
 * for a test, which goes to it alone, whatever it selects. Nothing goes to one that its receiver has ended.
 */
export const wants = (hook: Hook, { type, fleet, about }: Wanted): boolean => {
  if (hook.state === 'ended') return false
  if (type === testType) return about === hook.id
  if (type.startsWith(aboutWebhooks) && about === hook.id) return false
  return isSelected(hook.types, type) && isOfFleet(hook, fleet)
}

const isOfFleet = ({ fleets }: Hook, fleet: string | undefined): boolean =>
  fleets === undefined || (fleet !== undefined && fleets.includes(fleet))
