import type { Hook } from './hook.ts'

/** Decides which events a webhook receives. Pure. */

/** The attributes of an event that decide. */
export type EventAttributes = { type: string; fleet?: string | undefined; about?: string | undefined }

/** `groundcrew.upload.*` matches all types with that prefix. */
const isSelected = (types: readonly string[], type: string): boolean =>
  types.some((one) => (one.endsWith('.*') ? type.startsWith(one.slice(0, -1)) : one === type))

/** The prefix of events about webhooks themselves. */
const aboutWebhooks = 'groundcrew.webhook.'
export const testType = 'groundcrew.webhook.test.v1'

/**
 * Whether a webhook receives an event. A webhook for certain fleets receives no event without a fleet. Events
 * about a webhook are not sent to itself, except tests, which are sent only to it, whatever it selects. A
 * webhook that its receiver has ended receives nothing.
 */
export const receives = (hook: Hook, { type, fleet, about }: EventAttributes): boolean => {
  if (hook.state === 'ended') return false
  if (type === testType) return about === hook.id
  if (type.startsWith(aboutWebhooks) && about === hook.id) return false
  return isSelected(hook.types, type) && isOfFleet(hook, fleet)
}

const isOfFleet = ({ fleets }: Hook, fleet: string | undefined): boolean =>
  fleets === undefined || (fleet !== undefined && fleets.includes(fleet))
