import { type RequestContext, valuesOf } from './context.ts'
import { type Comparison, compareArn, resolveText } from './pattern.ts'

/**
 * One line of a `Condition` block, with the operator parsed. Operators that no policy of the template uses
 * are missing, and a policy with one is refused by name.
 *
 * Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export type Condition = {
  operator: string
  forAllValues: boolean
  ifExists: boolean
  key: string
  values: readonly string[]
}

type Compare = (written: string, actual: string, context: RequestContext) => Comparison

const literally =
  (test: (written: string, actual: string) => boolean): Compare =>
  (written, actual, context) => {
    const resolved = resolveText(written, context)
    if (resolved === undefined) return 'unresolved'
    return test(resolved, actual) ? 'matches' : 'differs'
  }

const equals = literally((written, actual) => written === actual)
const isSameWord = literally((written, actual) => written.toLowerCase() === actual.toLowerCase())

const positive: Record<string, Compare> = {
  StringEquals: equals,
  Bool: isSameWord,
  ArnEquals: compareArn,
}

const negative: Record<string, Compare> = { StringNotEquals: equals }

/** Parses an operator name; undefined if there is no such operator. */
export const readOperator = (name: string): Omit<Condition, 'key' | 'values'> | undefined => {
  const [, quantifier, operator = '', ifExists] =
    /^(?:(ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? []
  if (operator === 'Null')
    return quantifier || ifExists ? undefined : { operator, ifExists: false, forAllValues: false }
  if (!Object.hasOwn(positive, operator) && !Object.hasOwn(negative, operator)) return undefined
  return {
    operator,
    ifExists: ifExists !== undefined,
    forAllValues: quantifier !== undefined,
  }
}

const holdsForValue = (condition: Condition, actual: string, context: RequestContext): boolean => {
  const likeness = positive[condition.operator]
  const compare = likeness ?? negative[condition.operator]
  if (compare === undefined) return false
  const results = condition.values.map((written) => compare(written, actual, context))
  return likeness ? results.includes('matches') : results.every((result) => result === 'differs')
}

const holdsWithoutKey = ({ forAllValues, ifExists, operator }: Condition): boolean =>
  forAllValues || ifExists || Object.hasOwn(negative, operator)

/**
 * Whether one condition holds for a request. If the key is absent, negated operators, `…IfExists` and
 * `ForAllValues` hold and all others do not. For a key with several values and no quantifier, one must match,
 * or for a negated operator none.
 */
export const holds = (condition: Condition, context: RequestContext): boolean => {
  const actual = valuesOf(context, condition.key)
  if (condition.operator === 'Null') {
    return condition.values.some((value) => (value.toLowerCase() === 'true') === (actual === undefined))
  }
  if (actual === undefined || actual.length === 0) return holdsWithoutKey(condition)
  const each = actual.map((value) => holdsForValue(condition, value, context))
  const all = condition.forAllValues || Object.hasOwn(negative, condition.operator)
  return all ? each.every(Boolean) : each.some(Boolean)
}
