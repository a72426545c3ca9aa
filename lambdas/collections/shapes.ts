import * as z from 'zod/mini'
import { Count, Failure, Fleet, ModuleName, Time } from '../http/shapes.ts'
import { Cause } from '../logs/cause.ts'
import { outcomes, phases, waits } from './rules/phases.ts'
import { Docks, LogRule, When } from './rules/shapes.ts'

export { CollectionInput } from './rules/shapes.ts'

/** Collections and their runs, as JSON over HTTP. */

/** `fleet`: the fleet of its docks; for named docks, if all are in one. `nextAt`: its next daily run. */
export const Collection = z.object({
  id: z.string(),
  name: z.optional(z.string()),
  enabled: z.boolean(),
  fleet: z.optional(z.string()),
  docks: z.optional(z.array(z.string())),
  when: z.optional(When),
  logs: LogRule,
  finishWithinSeconds: Count,
  atOnce: Count,
  wakeAircraft: z.boolean(),
  retries: Count,
  createdAt: Time,
  createdBy: z.string(),
  changedAt: Time,
  nextAt: z.optional(Time),
})

/** Without `docks`, at all docks of the collection. */
export const RunInput = z.strictObject({ docks: z.optional(Docks) })

/**
 * The cause of this start's runs has the kind `manual` and the time `at`. `docks`: how many, if the request
 * names them.
 */
export const StartedRuns = z.object({
  collectionId: z.string(),
  startId: z.string(),
  at: Time,
  docks: z.optional(Count),
})

/** Logs that were not collected, and why. */
const LeftOut = z.object({
  module: ModuleName,
  why: z.enum(['notListed', 'noLogs', 'tooManyLogs', 'tooLong', 'aircraftOff']),
  logs: z.optional(Count),
  failure: z.optional(Failure),
})

/**
 * What a collection did at one dock for one cause. `waitingFor`: in the state `waiting`, what it waits for;
 * after an end without an upload, what it last waited for. `covers`: number of other causes whose logs it
 * also collects. `coveredBy`: the run that collects its logs. `from`, `to`: the time span of the logs.
 */
export const CollectionRun = z.object({
  id: z.string(),
  collectionId: z.string(),
  dockSn: z.string(),
  fleet: z.string(),
  cause: Cause,
  state: z.enum(phases),
  waitingFor: z.optional(z.enum(waits)),
  outcome: z.optional(z.enum(outcomes)),
  createdAt: Time,
  updatedAt: Time,
  finishBy: Time,
  endedAt: z.optional(Time),
  from: z.optional(Time),
  to: z.optional(Time),
  newestBoots: z.optional(Count),
  listingId: z.optional(z.string()),
  uploadId: z.optional(z.string()),
  leftOut: z.array(LeftOut),
  covers: Count,
  coveredBy: z.optional(z.string()),
  failure: z.optional(Failure),
})

export const RunQuery = {
  state: z.optional(z.enum(phases)),
  fleet: z.optional(Fleet),
}
