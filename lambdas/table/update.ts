/** Builds expressions of DynamoDB's UpdateItem. */

type Attributes = Readonly<Record<string, unknown>>

/**
 * The expressions of an UpdateItem. `set` writes attributes and removes those that are undefined; `once`
 * writes attributes that the item does not have yet; `add` adds numbers. The attribute `x` has the
 * placeholders `#x` and `:x` (`:xAdded` for `add`), also for the condition. `values` are further values for
 * the condition; names that only the condition uses have to be declared by the caller.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 */
export const updateOf = ({
  set = {},
  once = {},
  add = {},
  values = {},
}: {
  set?: Attributes
  once?: Attributes
  add?: Readonly<Record<string, number>>
  values?: Attributes
}) => {
  const given = Object.entries(set).filter(([, value]) => value !== undefined)
  const removed = Object.keys(set).filter((name) => set[name] === undefined)
  const first = Object.entries(once)
  const added = Object.entries(add)
  const clauses = [
    clause('SET', [
      ...given.map(([name]) => `#${name} = :${name}`),
      ...first.map(([name]) => `#${name} = if_not_exists(#${name}, :${name})`),
    ]),
    clause(
      'REMOVE',
      removed.map((name) => `#${name}`),
    ),
    clause(
      'ADD',
      added.map(([name]) => `#${name} :${name}Added`),
    ),
  ]
  const names = [...Object.keys(set), ...Object.keys(once), ...Object.keys(add)]
  return {
    UpdateExpression: clauses.filter(Boolean).join(' '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries([...given, ...first].map(([name, value]) => [`:${name}`, value])),
      ...Object.fromEntries(added.map(([name, value]) => [`:${name}Added`, value])),
      ...values,
    },
  }
}

const clause = (word: string, parts: readonly string[]): string =>
  parts.length > 0 ? `${word} ${parts.join(', ')}` : ''
