import { BlockList, isIP } from 'node:net'
import { type RequestContext, valuesOf } from './context.ts'
import { type Comparison, compareArn, compareLike, resolveText } from './pattern.ts'

/**
 * One line of a `Condition` block, operator taken apart.
 *
 * Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export type Condition = {
  operator: string
  quantifier?: 'ForAllValues' | 'ForAnyValue'
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

const numerically = (test: (actual: number, written: number) => boolean) =>
  literally((written, actual) => test(Number(actual), Number(written)))

/** Dates are ISO 8601 or seconds since 1970, in the policy and in the request. */
const milliseconds = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text))

const byDate = (test: (actual: number, written: number) => boolean) =>
  literally((written, actual) => test(milliseconds(actual), milliseconds(written)))

const inNetwork = (network: string, address: string): boolean => {
  const [base = '', length] = network.split('/')
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(base) === 0 || isIP(address) === 0) return false
  const block = new BlockList()
  block.addSubnet(base, length === undefined ? (family === 'ipv6' ? 128 : 32) : Number(length), family)
  return block.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

const equals = literally((written, actual) => written === actual)
const equalsIgnoringCase = literally((written, actual) => written.toLowerCase() === actual.toLowerCase())

const positive: Record<string, Compare> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringLike: compareLike,
  NumericEquals: numerically((actual, written) => actual === written),
  NumericLessThan: numerically((actual, written) => actual < written),
  NumericLessThanEquals: numerically((actual, written) => actual <= written),
  NumericGreaterThan: numerically((actual, written) => actual > written),
  NumericGreaterThanEquals: numerically((actual, written) => actual >= written),
  DateEquals: byDate((actual, written) => actual === written),
  DateLessThan: byDate((actual, written) => actual < written),
  DateLessThanEquals: byDate((actual, written) => actual <= written),
  DateGreaterThan: byDate((actual, written) => actual > written),
  DateGreaterThanEquals: byDate((actual, written) => actual >= written),
  Bool: equalsIgnoringCase,
  BinaryEquals: equals,
  IpAddress: literally(inNetwork),
  // AWS documents ArnEquals and ArnLike as behaving identically.
  ArnEquals: compareArn,
  ArnLike: compareArn,
}

const negative: Record<string, Compare> = {
  StringNotEquals: equals,
  StringNotEqualsIgnoreCase: equalsIgnoringCase,
  StringNotLike: compareLike,
  NumericNotEquals: numerically((actual, written) => actual === written),
  DateNotEquals: byDate((actual, written) => actual === written),
  NotIpAddress: literally(inNetwork),
  ArnNotEquals: compareArn,
  ArnNotLike: compareArn,
}

/** Takes an operator name apart; undefined if there is no such operator. */
export const readOperator = (name: string): Omit<Condition, 'key' | 'values'> | undefined => {
  const [, quantifier, operator = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? []
  if (operator === 'Null') return quantifier || ifExists ? undefined : { operator, ifExists: false }
  if (!Object.hasOwn(positive, operator) && !Object.hasOwn(negative, operator)) return undefined
  return {
    operator,
    ifExists: ifExists !== undefined,
    ...(quantifier === 'ForAllValues' || quantifier === 'ForAnyValue' ? { quantifier } : {}),
  }
}

const holdsForValue = (condition: Condition, actual: string, context: RequestContext): boolean => {
  const likeness = positive[condition.operator]
  const compare = likeness ?? negative[condition.operator]
  if (compare === undefined) return false
  const results = condition.values.map((written) => compare(written, actual, context))
  return likeness ? results.includes('matches') : results.every((result) => result === 'differs')
}

const holdsWithoutKey = ({ quantifier, ifExists, operator }: Condition): boolean => {
  if (quantifier === 'ForAnyValue') return false
  return quantifier === 'ForAllValues' || ifExists || Object.hasOwn(negative, operator)
}

/**
 * Whether one condition holds for a request. Without the key, negated operators, `…IfExists` and
 * `ForAllValues` hold and everything else does not. A key with several values and no quantifier: one must
 * match, or for a negated operator none may.
 */
export const holds = (condition: Condition, context: RequestContext): boolean => {
  const actual = valuesOf(context, condition.key)
  if (condition.operator === 'Null') {
    return condition.values.some((value) => (value.toLowerCase() === 'true') === (actual === undefined))
  }
  if (actual === undefined || actual.length === 0) return holdsWithoutKey(condition)
  const each = actual.map((value) => holdsForValue(condition, value, context))
  const all = condition.quantifier
    ? condition.quantifier === 'ForAllValues'
    : Object.hasOwn(negative, condition.operator)
  return all ? each.every(Boolean) : each.some(Boolean)
}
