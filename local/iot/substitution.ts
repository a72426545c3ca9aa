import { evaluateExpression, type RuleMessage, requireSqlVersion } from './sql.ts'
import { textOf } from './sql-functions.ts'
import { parseBareExpression } from './sql-parser.ts'

/** An action's field with substitution templates. */
export type Template = {
  /** Whether the result is the same for every message. */
  isFixed: boolean
  fill(message: RuleMessage): string
}

/**
 * Parses a field that may hold substitution templates, `${expression}`. An expression sees the message, and
 * nothing that the rule's statement selects. Undefined and Null become empty text.
 *
 * The AWS pages do not say how this field treats braces within an expression, or a `$` before one: both are
 * refused.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html
 * @throws Error that names what is unsupported.
 */
export const parseTemplate = (field: string, version: string | undefined): Template => {
  requireSqlVersion(version)
  if (field.includes('$$')) throw new Error(`"$$" in ${field} is not supported`)
  // Texts at the even indexes, expressions at the odd ones.
  const parts = field.split(/\$\{([^{}]*)\}/)
  const texts = parts.filter((_, n) => n % 2 === 0)
  if (texts.some((text) => text.includes('${')))
    throw new Error(
      `a substitution template that is not closed, or has braces in it, is not supported: ${field}`,
    )
  const expressions = parts.map((part, n) => (n % 2 === 0 ? part : parseBareExpression(part)))
  return {
    isFixed: parts.length === 1,
    fill: (message) =>
      expressions
        .map((part) => (typeof part === 'string' ? part : (textOf(evaluateExpression(part, message)) ?? '')))
        .join(''),
  }
}
