import * as z from 'zod/mini'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { invisible } from '../../protocols/invisible.ts'
export const Fleet = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -'))
export const Id = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'must be an id'))
/** The serial number of a dock or an aircraft. */
export const Sn = z
  .string()
  .check(z.regex(dockSnPattern, 'must be a serial number: 1 to 32 letters or digits'))
export const ModuleName = z.enum(['aircraft', 'dock'])
export const Time = z.iso.datetime()

const timeMessage = 'must be a time like 2026-11-21T10:00:00Z'

/** In UTC the year has four digits, as RFC 3339 requires. An offset may lead out of them. */
const hasFourDigits = (text: string): boolean => {
  const year = new Date(text).getUTCFullYear()
  return year >= 0 && year <= 9999
}

/** Times in requests, with any offset. */
export const GivenTime = z.iso
  .datetime({ offset: true, error: timeMessage, abort: true })
  .check(z.refine(hasFourDigits, timeMessage))

/**
 * Refuses characters that break terminals, logs or the database, and invisible ones that make a text look
 * like another.
 */
const printable = z.regex(
  // A variation selector after a pictogram makes an emoji; after a letter it is invisible.
  new RegExp(
    `^(?:[^${invisible}\\p{Variation_Selector}]|(?<=\\p{Extended_Pictographic})\\p{Variation_Selector})*$`,
    'u',
  ),
  'must not hold control or invisible characters',
)
export const Text = z.string().check(z.maxLength(500), printable)
export const Name = z.string().check(z.minLength(1), z.maxLength(100), printable)

/** A field of a PATCH: absent leaves the value as it is, null removes it (RFC 7396). */
export const changed = <T extends z.core.$ZodType>(of: T) => z.optional(z.nullable(of))

/** Text that is compared with what machines report: a text that only looks the same would never match. */
export const visibleText = (most: number, message: string) =>
  z
    .string()
    .check(
      z.regex(new RegExp(`^(?!\\s)[^${invisible}\\p{Variation_Selector}]{1,${most}}(?<!\\s)$`, 'u'), message),
    )

export const VersionText = visibleText(
  256,
  'must be a version of at most 256 visible characters, without blanks around it',
)

/** What an upgrade replaces. */
export const PackageName = z.enum(['firmware', 'software'])

/** A number or an amount in whole units, from 0; at most the largest safe integer. */
export const Count = z.int().check(z.gte(0))

/** An amount with decimals, from 0. */
export const Amount = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER))

export const Percent = z.number().check(z.gte(0), z.lte(100))

/** An HTTP status. */
export const Status = z.int().check(z.gte(100), z.lte(599))

/** A result code of a machine. */
export const ResultCode = z.int()

export const Failure = z.object({
  code: z.union([ResultCode, z.string()]),
  reason: z.string(),
  advice: z.string(),
  retryable: z.boolean(),
})
export const page = <Item extends z.core.$ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.optional(z.string()) })

export const PageQuery = {
  limit: z.optional(
    z.pipe(
      z.string().check(z.regex(/^(?:[1-9]\d?|1\d\d|200)$/, 'must be a number from 1 to 200')),
      z.transform(Number),
    ),
  ),
  cursor: z.optional(z.string().check(z.maxLength(2000))),
}

/**
 * A filter by states, separated by commas; `unsuccessful` stands for all of the given end states. Duplicates
 * are removed.
 */
export const statesQuery = <const State extends string>(
  states: readonly State[],
  unsuccessful: readonly NoInfer<State>[],
) => {
  const names = [...states, 'unsuccessful'].join('|')
  const isState = (name: string): name is State => states.some((state) => state === name)
  return z.pipe(
    z
      .string()
      .check(
        z.regex(
          new RegExp(`^(?:${names})(?:,(?:${names}))*$`),
          `must be one of ${states.join(', ')} or unsuccessful, or several, separated by commas`,
        ),
      ),
    z.transform((text) => {
      const given = text.split(',')
      const ends = given.includes('unsuccessful') ? unsuccessful : []
      return states.filter((state) => given.filter(isState).includes(state) || ends.includes(state))
    }),
  )
}

/**
 * RFC 9457, with further members: `instance`, the request's id in our logs (`urn:uuid:…`); `errors`, the
 * input errors; `href` or `hrefs`, the records that prevent the request. If an upload would take too long:
 * how long it would take, the limit, and the first of its logs that would fit.
 */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: Status,
  detail: z.optional(z.string()),
  instance: z.string(),
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  href: z.optional(z.string()),
  hrefs: z.optional(z.array(z.string())),
  estimatedSeconds: z.optional(Amount),
  limitSeconds: z.optional(Amount),
  selections: z.optional(z.array(z.object({ module: ModuleName, bootIndexes: z.array(Count) }))),
})

/** A record as the API shows it. */
export type View<Shape extends z.core.$ZodType> = z.input<Shape>
