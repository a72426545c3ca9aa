import type { EventType } from '../changes/event-types.ts'

/** How events are named and selected, as plain data for code that makes rules. */

/** A single type, or with `.*` at its end all types with that prefix. */
export type EventSelection = EventType | `groundcrew.${string}.*` | 'groundcrew.*'

/** The CloudEvents `source` of a stack: several stacks may share a bus. */
export const eventSource = (stackName: string): string => `/groundcrew/${stackName}`
