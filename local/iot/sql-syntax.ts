/** The syntax tree of AWS IoT SQL, as far as the template's rules use it. */

/** `payload` is the `*` of `encode(*, …)`, `member` reads a member of any expression's result. */
export type Expression =
  | { kind: 'payload' }
  | { kind: 'literal'; value: string | number | boolean }
  | { kind: 'member'; of: Expression; name: string }
  | { kind: 'call'; name: string; arguments: Expression[] }
  | { kind: 'in'; value: Expression; list: Expression[] }
  | { kind: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'not'; of: Expression }
  | {
      kind: 'case'
      of: Expression
      branches: { when: Expression; result: Expression }[]
      otherwise?: Expression
    }

/** One entry of the select list; `alias` is the name under which the result appears. */
export type SelectItem = { expression: Expression; alias: string }

export type Statement = { items: SelectItem[]; topicFilter: string; where?: Expression }
