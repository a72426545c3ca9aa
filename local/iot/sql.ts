/**
 * Topic rules: AWS IoT SQL version 2016-03-23, parsed once at the start and evaluated per message.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 *
 * A rule that cannot be parsed, or uses something that is not emulated, stops the start with its name.
 * Evaluation is pure except for the given clock and ids, so the same message may be evaluated again.
 */
import { isDeepStrictEqual } from 'node:util'
import { call, member, type Surroundings, type Value } from './sql-functions.ts'
import { parseStatement } from './sql-parser.ts'
import type { Expression, Statement } from './sql-syntax.ts'
import { matchesTopic } from './topic-filter.ts'

/** A published message, and the clock and ids that some functions need. */
export type RuleMessage = Surroundings & { payload: Buffer }

export type Rule = {
  topicFilter: string
  /** Whether a message on this topic is for the rule. */
  matches(topic: string): boolean
  /** The payload for the actions; undefined if WHERE is not true. */
  evaluate(message: RuleMessage): Buffer | undefined
}

/** Evaluates a CASE expression; only the chosen branch is evaluated. */
const choose = (
  { of, branches, otherwise }: Extract<Expression, { kind: 'case' }>,
  result: (inner: Expression) => Value,
): Value => {
  const value = result(of)
  if (value === undefined) return undefined
  const taken = branches.find(({ when }) => isDeepStrictEqual(result(when), value))?.result ?? otherwise
  return taken && result(taken)
}

export const evaluateExpression = (expression: Expression, message: RuleMessage): Value => {
  const result = (inner: Expression) => evaluateExpression(inner, message)
  switch (expression.kind) {
    case 'payload':
      return message.payload
    case 'literal':
      return expression.value
    case 'member':
      return member(result(expression.of), expression.name)
    case 'call':
      return call(expression.name, expression.arguments.map(result), message)
    case 'in': {
      const value = result(expression.value)
      return value === undefined ? undefined : expression.list.map(result).includes(value)
    }
    case 'case':
      return choose(expression, result)
    case 'not': {
      const value = result(expression.of)
      return typeof value === 'boolean' ? !value : undefined
    }
    case 'and':
    case 'or': {
      // Undefined as soon as one side is not a Boolean, whatever the other side is.
      const [left, right] = [result(expression.left), result(expression.right)]
      if (typeof left !== 'boolean' || typeof right !== 'boolean') return undefined
      return expression.kind === 'and' ? left && right : left || right
    }
  }
}

const evaluate = ({ where, items }: Statement, message: RuleMessage): Buffer | undefined => {
  if (where && evaluateExpression(where, message) !== true) return undefined
  const selected = items.map(({ expression, alias }) => [alias, evaluateExpression(expression, message)])
  return Buffer.from(JSON.stringify(Object.fromEntries(selected)))
}

/** @throws Error for any other version; AWS's default, 2015-10-08, is not emulated. */
export const requireSqlVersion = (version: string | undefined): void => {
  if (version !== '2016-03-23')
    throw new Error(
      `IoT SQL version ${version ?? '2015-10-08 (the default)'} is not supported, only 2016-03-23`,
    )
}

/**
 * Parses the SQL of a topic rule. Throws an Error that names the unsupported function, syntax or version.
 * `version` is the rule's `AwsIotSqlVersion`.
 */
export const parseRule = (sql: string, version: string | undefined): Rule => {
  requireSqlVersion(version)
  const statement = parseStatement(sql)
  return {
    topicFilter: statement.topicFilter,
    matches: (topic) => matchesTopic(statement.topicFilter, topic),
    evaluate: (message) => evaluate(statement, message),
  }
}
