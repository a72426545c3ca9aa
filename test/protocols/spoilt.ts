import { readdirSync } from 'node:fs'
import fc from 'fast-check'

/** What the tests of all readers share. */

/** The examples of what is said upwards, in order. */
export const upwardExamples = (protocol: string): string[] =>
  readdirSync(new URL(`../../protocols/${protocol}/examples/`, import.meta.url))
    .filter((name) => name.startsWith('up-'))
    .map((name) => name.replace(/\.json$/, ''))
    .sort()

/** Any JSON value, or one of those that programs choke on. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown[]>(
    1e300,
    -1,
    1.5,
    101,
    '',
    'x\0y',
    'a\nb',
    null,
    true,
    [],
    {},
    [[]],
    '\ud800',
    'x'.repeat(2_000),
  ),
)

/** Fields with these names, each there or not, whatever they hold. */
export const beside = (names: string): fc.Arbitrary<object> =>
  fc.record(Object.fromEntries(names.split(' ').map((name) => [name, anything])), { requiredKeys: [] })
