import * as z from 'zod/mini'
import { Fleet, ModuleName, Name, Sn } from '../../http/shapes.ts'
import { isZone } from '../../runtime/zone.ts'

/** The settings of a collection, as JSON over HTTP. */

const whole = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return z.int(message).check(z.gte(min, message), z.lte(max, message))
}

const daySeconds = 86_400
const weekSeconds = 7 * daySeconds

/** Callers choose the ids of collections. */
export const CollectionId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -'))

const alarmLevels = ['notice', 'caution', 'warning'] as const

/** A code as docks write it, such as 0x16100083. */
const Code = z.string().check(z.regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible characters'))
const Codes = z
  .array(Code)
  .check(z.minLength(1, 'must have a code'), z.maxLength(100, 'must be 100 codes at most'))

/**
 * The cause is a raised alarm. Without `levels` any level counts, without `codes` any code, but never one of
 * `exceptCodes`. Conditions that pass by themselves, such as wind, count only with `imminentToo`. For
 * `cooldownSeconds` after a run, alarms of the same dock and code are left out.
 */
const OnAlarm = z.strictObject({
  levels: z.optional(
    z.array(z.enum(alarmLevels, `must be one of ${alarmLevels.join(', ')}`)).check(
      z.minLength(1, 'must have a level'),
      z.refine((levels) => new Set(levels).size === levels.length, 'must name each level once'),
    ),
  ),
  codes: z.optional(Codes),
  exceptCodes: z.optional(Codes),
  imminentToo: z.optional(z.boolean()),
  cooldownSeconds: z.optional(whole(0, weekSeconds)),
})
export type OnAlarm = z.infer<typeof OnAlarm>
export const defaultCooldownSeconds = 21_600

/** Every day at this local time. */
const Daily = z.strictObject({
  at: z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 01:30')),
  timeZone: z.string().check(z.refine(isZone, 'must be a time zone like Europe/Berlin')),
})
export type Daily = z.infer<typeof Daily>

export const When = z.union([
  z.strictObject({ alarm: OnAlarm }),
  z.strictObject({ afterFlight: z.strictObject({}) }),
  z.strictObject({ daily: Daily }),
])
export type When = z.infer<typeof When>

const Modules = z.array(ModuleName).check(
  z.minLength(1, 'must have a module'),
  z.refine((modules) => new Set(modules).size === modules.length, 'must name each module once'),
)

/** The logs that overlap a time span around the cause, or the newest boots of each module. */
export const LogRule = z.union([
  z.strictObject({
    modules: Modules,
    beforeSeconds: whole(0, weekSeconds),
    afterSeconds: whole(0, daySeconds),
  }),
  z.strictObject({ modules: Modules, newestBoots: whole(1, 100) }),
])
export type LogRule = z.infer<typeof LogRule>

/** The most docks that a collection may name; for more, use a fleet. */
const maxDocks = 200
export const Docks = z.array(Sn).check(
  z.minLength(1, 'must have a dock'),
  z.maxLength(maxDocks, `must be ${maxDocks} docks at most`),
  z.refine((docks) => new Set(docks).size === docks.length, 'must name each dock once'),
)

/** The least time for a run, from the last moment whose logs it collects. */
const leastRunSeconds = 600

/** The most docks that may be in progress for a collection at once. */
const maxAtOnce = 50

const fields = {
  name: z.optional(Name),
  enabled: z.optional(z.boolean()),
  fleet: z.optional(Fleet),
  docks: z.optional(Docks),
  when: z.optional(When),
  logs: LogRule,
  /** Counts from the cause, and includes all waiting. */
  finishWithinSeconds: z.optional(whole(leastRunSeconds, weekSeconds)),
  atOnce: z.optional(whole(1, maxAtOnce)),
  wakeAircraft: z.optional(z.boolean()),
  retries: z.optional(whole(0, 3)),
}

/** The defaults of missing settings. */
export const defaults = { finishWithinSeconds: 21_600, atOnce: 5, retries: 2 } as const

/** For a fleet, or for named docks; without `when` it runs only by hand. */
export const CollectionInput = z.strictObject(fields).check(({ value, issues }) => {
  const problem = (field: string, message: string) =>
    issues.push({ code: 'custom', input: value, path: [field], message })
  if (value.fleet !== undefined && value.docks !== undefined)
    problem('docks', 'cannot be combined with a fleet: give one of them')
  if (value.fleet === undefined && value.docks === undefined)
    problem('fleet', 'is missing, and so are docks: give one of them')
  if (value.wakeAircraft && !value.logs.modules.includes('aircraft'))
    problem('wakeAircraft', 'needs aircraft among the modules of logs')
  const { finishWithinSeconds = defaults.finishWithinSeconds } = value
  if ('afterSeconds' in value.logs && value.logs.afterSeconds + leastRunSeconds > finishWithinSeconds)
    problem('finishWithinSeconds', `must be at least ${leastRunSeconds} more than afterSeconds`)
})
