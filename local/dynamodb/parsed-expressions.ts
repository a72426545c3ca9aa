/**
 * dynalite parses the expressions of every request, with a parser that backtracks at each parenthesis: a
 * condition like `(attribute_not_exists(a) OR a < :a) AND …` takes a millisecond, several times the write
 * itself. Programs send few different expressions, so the parsed ones are cached here.
 */
import { createCache } from '../cache.ts'

/**
 * The context that dynalite gives its parsers. They remove the names and values that they find in the text
 * from the `unused` ones.
 */
type Context = {
  attrNames?: Record<string, string>
  attrVals?: Record<string, object>
  unusedAttrNames: Record<string, unknown>
  unusedAttrVals: Record<string, unknown>
}

/** A parser of dynalite, which calls `parse` as a property of its module. A text result is an error. */
export type ExpressionParser = { parse(text: string, options: { context: Context }): unknown }

/**
 * A parsed expression, with the values of the first request, by whose identity they are found in the tree.
 */
type Parsed = { tree: unknown; valueNames: Map<unknown, string>; usedNames: string[]; usedValues: string[] }

/** Bounds the memory if a program builds expressions out of data. */
const mostRemembered = 1000

/**
 * The result of these depends on the values themselves, not only on their types: is 1 less than 2, is 'N' a
 * type.
 */
const dependsOnValues = /between|attribute_type/i

/**
 * The cache key: everything else that the result depends on: the text, the names, and the types of the
 * values.
 */
const keyOf = (text: string, { attrNames, attrVals = {} }: Context): string =>
  JSON.stringify([
    text,
    attrNames,
    Object.entries(attrVals).map(([name, value]) => [name, Object.keys(value)]),
  ])

/** A copy of the tree with other values; the receiver may change it. */
const fill = (node: unknown, parsed: Parsed, values: Record<string, unknown>): unknown => {
  if (typeof node !== 'object' || node === null) return node
  const name = parsed.valueNames.get(node)
  if (name !== undefined) return values[name]
  if (Array.isArray(node)) return node.map((item) => fill(item, parsed, values))
  const copy: object = Object.create(Object.getPrototypeOf(node))
  for (const [key, item] of Object.entries(node)) Object.assign(copy, { [key]: fill(item, parsed, values) })
  return copy
}

const everyName = (named: object = {}): Record<string, unknown> =>
  Object.fromEntries(Object.keys(named).map((name) => [name, true]))

/** Adds the cache to a parser of dynalite; errors are not cached. */
export const rememberParsed = (parser: ExpressionParser): void => {
  const parse = parser.parse
  const remembered = createCache<Parsed>(mostRemembered)

  const parseFirst = (text: string, context: Context): Parsed | undefined => {
    const unusedAttrNames = everyName(context.attrNames)
    const unusedAttrVals = everyName(context.attrVals)
    const tree = parse(text, { context: { ...context, unusedAttrNames, unusedAttrVals } })
    if (typeof tree === 'string') return undefined
    return {
      tree,
      valueNames: new Map(Object.entries(context.attrVals ?? {}).map(([name, value]) => [value, name])),
      usedNames: Object.keys(context.attrNames ?? {}).filter((name) => !(name in unusedAttrNames)),
      usedValues: Object.keys(context.attrVals ?? {}).filter((name) => !(name in unusedAttrVals)),
    }
  }

  parser.parse = (text, options) => {
    const { context } = options
    if (dependsOnValues.test(text)) return parse(text, options)
    const key = keyOf(text, context)
    const known = remembered.get(key)
    const parsed = known ?? parseFirst(text, context)
    if (!parsed) return parse(text, options)
    if (!known) remembered.set(key, parsed)
    for (const name of parsed.usedNames) delete context.unusedAttrNames[name]
    for (const name of parsed.usedValues) delete context.unusedAttrVals[name]
    return fill(parsed.tree, parsed, context.attrVals ?? {})
  }
}
