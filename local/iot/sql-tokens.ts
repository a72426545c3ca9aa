/** Splits an AWS IoT SQL statement into tokens. Pure; throws with the position of what it cannot read. */

/**
 * `word` is a keyword or a name, `text` a quoted string without its quotes, `sign` an operator or bracket.
 */
export type Token = { kind: 'word' | 'number' | 'text' | 'sign' | 'end'; value: string; at: number }

const patterns: readonly [Token['kind'], RegExp][] = [
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /\d+/y],
  ['text', /'((?:[^']|'')*)'/y],
  ['sign', /<>|<=|>=|[-@+*/%=<>(),.[\]{}:]/y],
]

const tokenAt = (sql: string, at: number): { token: Token; next: number } => {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at
    const match = pattern.exec(sql)
    if (!match) continue
    const value = match[1] === undefined ? match[0] : match[1].replaceAll("''", "'")
    return { token: { kind, value, at }, next: pattern.lastIndex }
  }
  throw new Error(`unexpected "${sql[at]}" at position ${at}`)
}

/** All tokens of a statement, the last of kind `end`. */
export const tokenize = (sql: string): Token[] => {
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    if (/\s/.test(sql[at] ?? '')) {
      at += 1
      continue
    }
    const { token, next } = tokenAt(sql, at)
    tokens.push(token)
    at = next
  }
  tokens.push({ kind: 'end', value: 'the end', at })
  return tokens
}
