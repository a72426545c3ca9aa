import * as z from 'zod/mini'
import { Failure } from '../http/shapes.ts'
import { causeKinds } from '../logs/cause.ts'
import { outcomes, phases, waits } from './rules/phases.ts'
import { LogRule } from './rules/shapes.ts'

/**
 * What a collection does at one dock for one cause: pk `COLLECTION#{id}`, sk `RUN#{runId}`. All times epoch ms.
 * Settings are as they were when it began.
 */

const Module = z.enum(['aircraft', 'dock'])
const Picked = z.object({ module: Module, bootIndexes: z.array(z.number()) })

const LeftOut = z.object({
  module: Module,
  why: z.enum(['notListed', 'noLogs', 'tooManyLogs', 'tooLong', 'aircraftOff']),
  logs: z.optional(z.number()),
  failure: z.optional(Failure),
})
export type LeftOut = z.infer<typeof LeftOut>

export const Run = z.object({
  id: z.string(),
  collectionId: z.string(),
  dockSn: z.string(),
  fleet: z.string(),
  cause: z.object({
    id: z.string(),
    kind: z.enum(causeKinds),
    at: z.number(),
    alarm: z.optional(z.object({ sn: z.string(), code: z.string() })),
  }),
  logs: LogRule,
  wakeAircraft: z.boolean(),
  retries: z.number(),
  /** The time whose logs it collects, its own cause's and of those that it covers. */
  span: z.optional(z.object({ from: z.number(), to: z.number() })),
  phase: z.enum(phases),
  /** Since when it is in this phase. */
  since: z.number(),
  waitingFor: z.optional(z.enum(waits)),
  outcome: z.optional(z.enum(outcomes)),
  createdAt: z.number(),
  updatedAt: z.number(),
  finishBy: z.number(),
  endedAt: z.optional(z.number()),
  /** The aircraft was to be switched on. */
  woken: z.optional(z.boolean()),
  /** Times that the dock was asked for a listing; this one; not again before then. */
  listing: z.optional(z.object({ id: z.string(), asks: z.number(), notBefore: z.number() })),
  picked: z.optional(z.array(Picked)),
  /** The first of the uploads that collect it: those that follow it by themselves are of the same. */
  uploadId: z.optional(z.string()),
  leftOut: z.array(LeftOut),
  /** How many other causes it collects with its own. */
  covers: z.number(),
  coveredBy: z.optional(z.string()),
  failure: z.optional(Failure),
  /** When the clock looks at it; while it waits for its turn, its place among those who do. */
  checkAt: z.optional(z.number()),
  rev: z.number(),
})
export type Run = z.infer<typeof Run>
