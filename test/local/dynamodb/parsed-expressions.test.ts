import assert from 'node:assert/strict'
import { test } from 'node:test'
import conditionParser from 'dynalite/db/conditionParser.js'
import updateParser from 'dynalite/db/updateParser.js'
import fc from 'fast-check'
import { type ExpressionParser, rememberParsed } from '../../../local/dynamodb/parsed-expressions.ts'

/** A parser of dynalite as it is, the same one with a memory, and how often that asks the first. */
const pair = ({ parse }: ExpressionParser) => {
  const remembering = { parse }
  let asked = 0
  remembering.parse = (text, options) => {
    asked++
    return parse(text, options)
  }
  rememberParsed(remembering)
  return { plain: { parse }, remembering, asked: () => asked }
}

const names = fc.constantFrom<Record<string, string> | undefined>(
  { '#a': 'a' },
  { '#a': 'a' },
  { '#a': 'b' },
  { '#a': 'a', '#unused': 'c' },
  undefined,
)
const value = fc.constantFrom<object>(
  { S: 'S' },
  { S: 'XX' },
  { N: '1' },
  { N: '2' },
  { L: [{ S: 'x' }] },
  { M: { order: { S: 'x' } } },
)
const values = fc.oneof(
  fc.record({ ':x': value, ':y': value }),
  fc.dictionary(fc.constantFrom(':x', ':y', ':unused'), value),
)

const conditions = [
  '#a = :x',
  '(attribute_not_exists(#a) OR #a.deep < :x) AND (attribute_not_exists(c) OR NOT c[1].d >= :y)',
  '#a BETWEEN :x AND :y',
  'attribute_type(#a, :x)',
  'begins_with(#a, :x) OR contains(#a, :y) AND size(#a) > :x',
  '#a IN (:x, :y)',
  '#a = #a',
  'constructor = :x',
  '((#a = :x))',
  'name = :x',
  '#a =',
]
const updates = [
  'SET #a = :x, c = if_not_exists(c, :y) ADD n :x REMOVE d[1]',
  'SET #a = #a + :x',
  'SET #a = list_append(:x, :y)',
  'ADD #a :x DELETE c :y',
  'SET #a = :x, #a.b = :y',
  'SET #a = :x SET c = :y',
]

const outcome = (
  parser: ExpressionParser,
  text: string,
  attrNames: Record<string, string> | undefined,
  attrVals: Record<string, object>,
) => {
  const unused = (named: object = {}) => Object.fromEntries(Object.keys(named).map((name) => [name, true]))
  const context = {
    ...(attrNames && { attrNames }),
    // As requests bring them: no two values are the same object.
    attrVals: JSON.parse(JSON.stringify(attrVals)),
    unusedAttrNames: unused(attrNames),
    unusedAttrVals: unused(attrVals),
    isReserved: (name: string) => name === 'name',
    compare: (_: string, x: unknown, y: unknown) => JSON.stringify(x) > JSON.stringify(y),
  }
  const left = () => ({ names: context.unusedAttrNames, values: context.unusedAttrVals })
  try {
    return { tree: parser.parse(text, { context }), left: left() }
  } catch (error) {
    return { error: String(error) }
  }
}

for (const [name, module, texts] of [
  ['condition', conditionParser, conditions],
  ['update', updateParser, updates],
] as const)
  test(`a remembered ${name} is what the parser makes of it, whatever came before`, () => {
    const { plain, remembering } = pair(module)
    fc.assert(
      fc.property(fc.constantFrom(...texts), names, values, (text, attrNames, attrVals) => {
        const theirs = outcome(plain, text, attrNames, attrVals)
        assert.deepEqual(outcome(remembering, text, attrNames, attrVals), theirs)
      }),
      { numRuns: 500 },
    )
  })

test('an expression is parsed once, and what one request does to its tree another does not see', () => {
  const { remembering, asked } = pair(updateParser)
  const parse = (S: string) => outcome(remembering, 'SET a = :x', undefined, { ':x': { S } }).tree
  const first = parse('one')
  assert.ok(typeof first === 'object' && first && 'sections' in first && Array.isArray(first.sections))
  first.sections[0].val = 'changed'
  assert.partialDeepStrictEqual(parse('two'), { sections: [{ val: { S: 'two' } }] })
  assert.equal(asked(), 1)
})
