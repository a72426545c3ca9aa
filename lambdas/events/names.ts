import type { EventType } from './event-types.ts'

/** How events are named and selected; plain data, for whoever makes rules. */

/** One type, or with `.*` at its end all that begin so. */
export type EventSelection = EventType | `groundcrew.${string}.*` | 'groundcrew.*'

/** Who tells: one bus may have several stacks. */
export const eventSource = (stackName: string): string => `/groundcrew/${stackName}`
