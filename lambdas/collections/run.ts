import * as z from 'zod/mini'
import { Failure } from '../http/shapes.ts'
import { causeKinds } from '../logs/cause.ts'
import { outcomes, phases, waits } from './rules/phases.ts'
import { LogRule } from './rules/shapes.ts'

/**
 * What a collection does at one dock for one cause: pk `COLLECTION#{id}`, sk `RUN#{runId}`. All times epoch
 * ms. The settings are those at the time it began.
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
  /** The time span of the logs that it collects, for its own cause and those that it covers. */
  span: z.optional(z.object({ from: z.number(), to: z.number() })),
  phase: z.enum(phases),
  /** When it entered this phase. */
  since: z.number(),
  waitingFor: z.optional(z.enum(waits)),
  outcome: z.optional(z.enum(outcomes)),
  createdAt: z.number(),
  updatedAt: z.number(),
  finishBy: z.number(),
  endedAt: z.optional(z.number()),
  /** It has tried to switch the aircraft on. */
  woken: z.optional(z.boolean()),
  /**
   * `asks`: how often it has requested a listing; `id`: the current request; `notBefore`: when that may be
   * sent.
   */
  listing: z.optional(z.object({ id: z.string(), asks: z.number(), notBefore: z.number() })),
  picked: z.optional(z.array(Picked)),
  /** The first upload of the series that collects the logs. */
  uploadId: z.optional(z.string()),
  leftOut: z.array(LeftOut),
  /** How many other causes it also covers. */
  covers: z.number(),
  coveredBy: z.optional(z.string()),
  failure: z.optional(Failure),
  /** When the sweep looks at it; while it waits for a turn, its place in the queue. */
  checkAt: z.optional(z.number()),
  rev: z.number(),
})
export type Run = z.infer<typeof Run>
