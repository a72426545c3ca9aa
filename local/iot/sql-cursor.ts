/** Reads the tokens of a statement. Keywords match in any case, as in AWS IoT SQL. */
import { type Token, tokenize } from './sql-tokens.ts'

/** Reads forward only. `take…` advances if the next token is the given one, `expect…` throws if it is not. */
export type Cursor = {
  takeSign(sign: string): boolean
  takeWord(word: string): boolean
  takeNumber(): number | undefined
  takeText(): string | undefined
  expectSign(sign: string): void
  expectWord(word: string): void
  expectEnd(): void
  name(): string
  text(): string
  fault(what: string): Error
}

/** A cursor at the first token of a statement. */
export const cursorOver = (sql: string): Cursor => {
  const tokens = tokenize(sql)
  let position = 0
  const peek = (): Token => tokens[position] ?? { kind: 'end', value: 'the end', at: sql.length }
  const fault = (what: string): Error => new Error(`${what} "${peek().value}" at position ${peek().at}`)
  const take = (fits: (token: Token) => boolean): string | undefined => {
    const token = peek()
    if (!fits(token)) return undefined
    position += 1
    return token.value
  }
  const need = (found: string | undefined, what: string): string => {
    if (found === undefined) throw fault(`expected ${what}, found`)
    return found
  }
  const sign = (expected: string) => take(({ kind, value }) => kind === 'sign' && value === expected)
  const word = (expected: string) =>
    take(({ kind, value }) => kind === 'word' && value.toLowerCase() === expected)
  const takeText = () => take(({ kind }) => kind === 'text')
  return {
    fault,
    takeText,
    takeSign: (expected) => sign(expected) !== undefined,
    takeWord: (expected) => word(expected) !== undefined,
    takeNumber: () => {
      const number = take(({ kind }) => kind === 'number')
      return number === undefined ? undefined : Number(number)
    },
    expectSign: (expected) => void need(sign(expected), `"${expected}"`),
    expectWord: (expected) => void need(word(expected), expected.toUpperCase()),
    expectEnd: () => void need(peek().kind === 'end' ? '' : undefined, 'the end'),
    name: () =>
      need(
        take(({ kind }) => kind === 'word'),
        'a name',
      ),
    text: () => need(takeText(), 'a quoted text'),
  }
}
