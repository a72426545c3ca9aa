import * as z from 'zod/mini'
import { invisible } from '../../protocols/invisible.ts'
export const Fleet = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -'))
export const Id = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'must be an id'))
export const ModuleName = z.enum(['aircraft', 'dock'])
export const Time = z.iso.datetime()

/** Times as people give them, with any offset. */
export const GivenTime = z.iso.datetime({ offset: true, error: 'must be a time like 2026-11-21T10:00:00Z' })

/**
 * What a terminal, a log or the database would choke on is no text, nor what makes it read as another than it
 * is.
 */
const printable = z.regex(
  // A variation selector makes an emoji of a pictogram, and nothing that is seen of a letter.
  new RegExp(
    `^(?:[^${invisible}\\p{Variation_Selector}]|(?<=\\p{Extended_Pictographic})\\p{Variation_Selector})*$`,
    'u',
  ),
  'must not hold control or invisible characters',
)
export const Text = z.string().check(z.maxLength(500), printable)
export const Name = z.string().check(z.minLength(1), z.maxLength(100), printable)

/** Of a change: what is left out stays, and null takes away what is there (RFC 7396). */
export const changed = <T extends z.core.$ZodType>(of: T) => z.optional(z.nullable(of))

/** As operators give it: what reads like another would never be found equal. */
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

/** What is upgraded. */
export const PackageName = z.enum(['firmware', 'software'])

/** How many, or how much in whole units: never under 0, and no more than every language can count to. */
export const Count = z.int().check(z.gte(0))

/** The same in parts of a unit. */
export const Amount = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER))

export const Percent = z.number().check(z.gte(0), z.lte(100))

/** Of an answer of HTTP. */
export const Status = z.int().check(z.gte(100), z.lte(599))

/** What a machine calls what happened to it. */
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
 * States to look for, with commas between them; `unsuccessful` stands for all of these ends. Each is looked for
 * once.
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
          `must be one of ${states.join(', ')} or unsuccessful, or several with commas between them`,
        ),
      ),
    z.transform((text) => {
      const asked = text.split(',')
      const ends = asked.includes('unsuccessful') ? unsuccessful : []
      return states.filter((state) => asked.filter(isState).includes(state) || ends.includes(state))
    }),
  )
}

/**
 * RFC 9457, with the request's id in our logs (`urn:uuid:…`), the list of input errors, and the address of
 * the record that stands in the way, or of the first of several. Of an upload that would take too long: how long, how long it may take,
 * and the first of its logs, which would fit.
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

/** A record as operators see it. */
export type View<Shape extends z.core.$ZodType> = z.input<Shape>
