/**
 * The grammar of CloudWatch Metrics Insights as its reference has it, and nothing beyond: PutMetricAlarm
 * refuses what it does not know, and a stack with one such alarm is rolled back as a whole.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */

export type InsightsQuery = {
  metric: string
  namespace: string
  /** Names of all dimensions, where the query asks for metrics with exactly these. */
  schema?: string[]
  where: { key: string; operator: string; value: string }[]
}

const keywords = new Set('select from schema where and group order by asc desc limit'.split(' '))
const functions = ['avg', 'count', 'max', 'min', 'sum']
/** The reference: "The valid values are between 1 and 500." */
const mostSeries = 500

/**
 * Text in quotes, names, numbers, operators and punctuation; what is none of these stays one by one, and is
 * refused.
 */
const tokensOf = (text: string): string[] => text.match(/'[^']*'|"[^"]*"|\w+|!=|[^\s\w]/g) ?? []

/** @throws Error that says where the query leaves the grammar */
export const parseInsights = (text: string): InsightsQuery => {
  const tokens = tokensOf(text)
  const peek = (): string => tokens[0] ?? ''
  const isWord = (word: string): boolean => peek().toLowerCase() === word
  const take = (what: string, fits: (token: string) => boolean): string => {
    if (!fits(peek())) throw new Error(`${what} expected at ${tokens.join(' ') || 'the end'}: ${text}`)
    return tokens.shift() ?? ''
  }
  const word = (name: string): string => take(name, () => isWord(name))
  const list = <Item>(item: () => Item, separator: () => boolean): Item[] => {
    const items = [item()]
    while (separator()) {
      tokens.shift()
      items.push(item())
    }
    return items
  }
  const comma = (): boolean => peek() === ','
  const name = (): string =>
    take('a name', (token) =>
      /^"[^"]+"$/.test(token) ? true : /^[a-z]\w*$/i.test(token) && !keywords.has(token.toLowerCase()),
    ).replaceAll('"', '')
  const aggregate = (inner: () => string): string => {
    take('a function', (token) => functions.includes(token.toLowerCase()))
    word('(')
    const found = inner()
    word(')')
    return found
  }
  const schema = (): string[] | undefined => {
    if (!isWord('schema')) return undefined
    word('schema')
    word('(')
    const names = list(name, comma)
    word(')')
    return names
  }
  const condition = () => ({
    key: name(),
    operator: take('= or !=', (token) => token === '=' || token === '!='),
    value: take('a text in single quotes', (token) => /^'[^']+'$/.test(token)).slice(1, -1),
  })

  word('select')
  const metric = aggregate(name)
  word('from')
  const exactly = schema()
  const namespace = exactly?.[0] ?? name()
  const dimensions = exactly ? { schema: exactly.slice(1) } : {}
  const query: InsightsQuery = { metric, namespace, where: [], ...dimensions }
  if (isWord('where')) {
    word('where')
    query.where = list(condition, () => isWord('and'))
  }
  if (isWord('group')) {
    word('group')
    word('by')
    list(name, comma)
  }
  if (isWord('order')) {
    word('order')
    word('by')
    aggregate(() => '')
    if (isWord('asc') || isWord('desc')) tokens.shift()
  }
  if (isWord('limit')) {
    word('limit')
    take('a number from 1 to 500', (token) => Number(token) >= 1 && Number(token) <= mostSeries)
  }
  take('the end', (token) => token === '')
  return query
}
