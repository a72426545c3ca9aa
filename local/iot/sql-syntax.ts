/** The syntax tree of AWS IoT SQL. */

/** `all` is `*`, `path` reads the payload by a name, `member` reads a member of any expression's result. */
export type Expression =
  | { kind: 'all' }
  | { kind: 'literal'; value: null | boolean | number | string }
  | { kind: 'path'; name: string }
  | { kind: 'member'; of: Expression; name: string }
  | { kind: 'call'; name: string; arguments: Expression[] }
  | { kind: 'cast'; value: Expression; to: CastType }
  | { kind: 'array'; items: Expression[] }
  | { kind: 'object'; entries: [string, Expression][] }
  | { kind: 'unary'; operator: 'not' | 'minus'; operand: Expression }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'case'; value: Expression; branches: [Expression, Expression][]; otherwise?: Expression }

/** What `cast(x as …)` can make; AWS's synonyms are folded into these. */
export type CastType = 'string' | 'int' | 'decimal' | 'boolean'

export type BinaryOperator =
  | 'and'
  | 'or'
  | 'in'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'

/** One entry of the select list; `alias` is the path under which the result appears, absent for `*`. */
export type SelectItem = { expression: Expression; alias?: string[] }

/** `value`: SELECT VALUE, which outputs the value itself instead of an object. */
export type Statement = { value: boolean; items: SelectItem[]; topicFilter: string; where?: Expression }

/** The expressions directly inside an expression. */
export const parts = (expression: Expression): Expression[] => {
  switch (expression.kind) {
    case 'member':
      return [expression.of]
    case 'call':
      return expression.arguments
    case 'cast':
      return [expression.value]
    case 'array':
      return expression.items
    case 'object':
      return expression.entries.map(([, value]) => value)
    case 'unary':
      return [expression.operand]
    case 'binary':
      return [expression.left, expression.right]
    case 'case':
      return [
        expression.value,
        ...expression.branches.flat(),
        ...(expression.otherwise ? [expression.otherwise] : []),
      ]
    default:
      return []
  }
}

/** Whether an expression reads the payload by a JSON name. */
export const readsNames = (expression: Expression): boolean =>
  expression.kind === 'path' || parts(expression).some(readsNames)
