/**
 * Topic rules: AWS IoT SQL version 2016-03-23, parsed once at start and evaluated per message.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 *
 * The rule that cannot be parsed, or uses what we lack, stops the start by name. Evaluation is pure but for
 * the clock and the ids it is given, so the same message may be evaluated again.
 */
import { call, type Surroundings } from './sql-functions.ts'
import { casts, negate, not, operators } from './sql-operators.ts'
import { parseStatement } from './sql-parser.ts'
import { type Expression, readsNames, type SelectItem, type Statement } from './sql-syntax.ts'
import { equal, isObject, member, parseJson, type Value } from './sql-values.ts'
import { matchesTopic } from './topic-filter.ts'

/** A published message, and the clock and ids for the functions that need them. */
export type RuleMessage = Surroundings & { payload: Buffer }

/**
 * `selected`: the actions get `payload`. `notSelected`: WHERE was not true. `failed`: the statement cannot be
 * applied to this payload; no action runs, not even the error action, and AWS counts the metric `ParseError`.
 */
export type Evaluation =
  | { outcome: 'selected'; payload: Buffer }
  | { outcome: 'notSelected' }
  | { outcome: 'failed'; reason: string }

export type Rule = {
  topicFilter: string
  /** Whether a message on this topic is for the rule. */
  matches(topic: string): boolean
  evaluate(message: RuleMessage): Evaluation
}

class EvaluationFailure extends Error {}

/**
 * `json` is what names read: a document that is an object or an array; an empty payload counts as an empty
 * object.
 */
type Scope = { message: RuleMessage; json: Value; isJson: boolean }

/**
 * AWS calls a bare number or text a non-JSON payload (iot-sql-where.html, the example with `80`), and lets an
 * empty payload take added fields like a JSON one (binary-payloads.html).
 */
const scopeOf = (message: RuleMessage): Scope => {
  if (message.payload.length === 0) return { message, json: {}, isJson: true }
  const parsed = parseJson(message.payload.toString('utf8'))
  const isJson = typeof parsed?.json === 'object' && parsed.json !== null
  return { message, json: isJson ? parsed?.json : undefined, isJson }
}

/**
 * The second value when the first is Null or Undefined (`get_or_default(expression, defaultValue)`,
 * iot-sql-functions.html).
 *
 * What AWS makes of it for a payload that is not JSON is untested. Here it fails the rule, the stricter of
 * the two readings: a rule that is to select such payloads must decode them itself, `decode(encode(*,
 * 'base64'), 'base64').name`, which gives Undefined.
 */
const getOrDefault = (given: readonly Expression[], scope: Scope): Value => {
  if (!scope.isJson && given.some(readsNames))
    throw new EvaluationFailure('get_or_default reads a name of a payload that is not JSON')
  const [first, second] = given
  const value = first && evaluateExpression(first, scope)
  return value === undefined || value === null ? second && evaluateExpression(second, scope) : value
}

const evaluateCall = (name: string, given: readonly Expression[], scope: Scope): Value =>
  name === 'get_or_default'
    ? getOrDefault(given, scope)
    : call(
        name,
        given.map((argument) =>
          argument.kind === 'all' ? scope.message.payload : evaluateExpression(argument, scope),
        ),
        scope.message,
      )

const evaluateCase = (expression: Extract<Expression, { kind: 'case' }>, scope: Scope): Value => {
  const value = evaluateExpression(expression.value, scope)
  if (value === undefined) return undefined
  const branch = expression.branches.find(([test]) => equal(value, evaluateExpression(test, scope)))
  const result = branch ? branch[1] : expression.otherwise
  return result && evaluateExpression(result, scope)
}

function evaluateExpression(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'all':
      return scope.isJson ? scope.json : scope.message.payload
    case 'literal':
      return expression.value
    case 'path':
      return member(scope.json, expression.name)
    case 'member':
      return member(evaluateExpression(expression.of, scope), expression.name)
    case 'call':
      return evaluateCall(expression.name, expression.arguments, scope)
    case 'cast':
      return casts[expression.to](evaluateExpression(expression.value, scope))
    case 'array':
      return expression.items.map((item) => evaluateExpression(item, scope))
    case 'object':
      return Object.fromEntries(
        expression.entries.map(([key, value]) => [key, evaluateExpression(value, scope)]),
      )
    case 'unary':
      return (expression.operator === 'not' ? not : negate)(evaluateExpression(expression.operand, scope))
    case 'binary':
      return operators[expression.operator](
        evaluateExpression(expression.left, scope),
        evaluateExpression(expression.right, scope),
      )
    case 'case':
      return evaluateCase(expression, scope)
  }
}

const put = (output: { [key: string]: Value }, [key, ...rest]: readonly string[], value: Value): void => {
  if (key === undefined) return
  if (rest.length === 0) {
    output[key] = value
    return
  }
  const inner = member(output, key)
  const nested = isObject(inner) ? { ...inner } : {}
  put(nested, rest, value)
  output[key] = nested
}

const selectObject = (items: readonly SelectItem[], scope: Scope): Buffer => {
  if (items.length === 1 && items[0]?.expression.kind === 'all') return scope.message.payload
  const output: { [key: string]: Value } = {}
  for (const { expression, alias } of items) {
    const value = evaluateExpression(expression, scope)
    if (alias) put(output, alias, value)
    else if (isObject(value)) Object.assign(output, value)
    else throw new EvaluationFailure('* beside other fields needs a payload that is a JSON object')
  }
  return Buffer.from(JSON.stringify(output))
}

/** Undefined by itself serializes to nothing. */
const selectValue = (expression: Expression, scope: Scope): Buffer => {
  const value = evaluateExpression(expression, scope)
  if (Buffer.isBuffer(value)) return value
  return Buffer.from(value === undefined ? '' : JSON.stringify(value))
}

const evaluate = ({ where, value, items }: Statement, message: RuleMessage): Evaluation => {
  const scope = scopeOf(message)
  try {
    if (where && evaluateExpression(where, scope) !== true) return { outcome: 'notSelected' }
    const [first] = items
    const payload = value && first ? selectValue(first.expression, scope) : selectObject(items, scope)
    return { outcome: 'selected', payload }
  } catch (error) {
    if (error instanceof EvaluationFailure) return { outcome: 'failed', reason: error.message }
    throw error
  }
}

/**
 * Parses the SQL of a topic rule. Throws an Error that names the unsupported function, syntax or version.
 * `version` is the rule's `AwsIotSqlVersion`; AWS's default when it is left out is 2015-10-08, which is not
 * emulated.
 */
export const parseRule = (sql: string, version: string | undefined): Rule => {
  if (version !== '2016-03-23')
    throw new Error(
      `IoT SQL version ${version ?? '2015-10-08 (the default)'} is not supported, only 2016-03-23`,
    )
  const statement = parseStatement(sql)
  return {
    topicFilter: statement.topicFilter,
    matches: (topic) => matchesTopic(statement.topicFilter, topic),
    evaluate: (message) => evaluate(statement, message),
  }
}
