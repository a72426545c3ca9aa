/** Walks over the tokens of a statement. Keywords match in any case, as in AWS IoT SQL. */
import { type Token, tokenize } from './sql-tokens.ts'

/** Words that cannot begin an expression as a name. */
const reserved = new Set('select from where as and or not in case when then else end'.split(' '))

/**
 * Reads forward only; `take…` moves on if the next token is the wanted one, `expect…` throws if it is not.
 */
export type Cursor = {
  peek(ahead?: number): Token
  takeSign(...signs: string[]): string | undefined
  takeWord(word: string): boolean
  takeNumber(): number | undefined
  takeText(): string | undefined
  expectSign(sign: string): void
  expectWord(word: string): void
  expectEnd(): void
  /** A name that is no reserved word. */
  name(): string
  /** Any word: an alias or a member, where no keyword can be meant. */
  word(): string
  text(): string
  fault(what: string): Error
}

/** A cursor at the first token of a statement. */
export const cursorOver = (sql: string): Cursor => {
  const tokens = tokenize(sql)
  let position = 0
  const peek = (ahead = 0): Token =>
    tokens[Math.min(position + ahead, tokens.length - 1)] ?? { kind: 'end', value: 'the end', at: 0 }
  const fault = (what: string): Error => new Error(`${what} "${peek().value}" at position ${peek().at}`)
  const take = (wanted: (token: Token) => boolean): string | undefined => {
    const token = peek()
    if (!wanted(token)) return undefined
    position += 1
    return token.value
  }
  const expect = (found: unknown, what: string): void => {
    if (found === undefined || found === false) throw fault(`expected ${what}, found`)
  }
  const cursor: Cursor = {
    peek,
    fault,
    takeSign: (...signs) => take((token) => token.kind === 'sign' && signs.includes(token.value)),
    takeWord: (word) =>
      take((token) => token.kind === 'word' && token.value.toLowerCase() === word) !== undefined,
    takeText: () => take((token) => token.kind === 'text'),
    takeNumber: () => {
      const number = take((token) => token.kind === 'number')
      return number === undefined ? undefined : Number(number)
    },
    expectSign: (sign) => expect(cursor.takeSign(sign), `"${sign}"`),
    expectWord: (word) => expect(cursor.takeWord(word), word.toUpperCase()),
    expectEnd: () => expect(peek().kind === 'end', 'the end'),
    name: () => {
      if (reserved.has(peek().value.toLowerCase())) throw fault('expected a name, found')
      return cursor.word()
    },
    word: () => {
      const word = take((token) => token.kind === 'word')
      if (word === undefined) throw fault('expected a name, found')
      return word
    },
    text: () => {
      const text = cursor.takeText()
      if (text === undefined) throw fault('expected a quoted text, found')
      return text
    },
  }
  return cursor
}
