import { stripVTControlCharacters, type styleText } from 'node:util'
import stringWidth from 'string-width'
import { escaped } from '../../protocols/invisible.ts'

/** Text for a terminal. Escape sequences in text from devices and operators are printed as characters. */

export type Style = Parameters<typeof styleText>[0]

/** A terminal, or another output. */
export type Sink = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

/** The width if the terminal does not report one. */
export const usualWidth = 80

/** A foreign value, sanitized: nothing in it moves the cursor, colours, or hides text. */
export const plain = (value: unknown): string =>
  value === undefined || value === null ? '' : escaped(String(value))

/** JSON that is safe to print: invisible characters are JSON escapes. */
export const harmlessJson = (value: unknown): string =>
  [...JSON.stringify(value)].map((one) => (escaped(one) === one ? one : asJsonEscape(one))).join('')

const asJsonEscape = (character: string): string =>
  [...character]
    .flatMap((one) => one.split(''))
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** The width in columns, without styles. */
export const widthOf = (text: string): number => stringWidth(stripVTControlCharacters(text))

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** Cuts text to a width; an ellipsis marks the cut. Without styles. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const one of text) {
    if (widthOf(kept + one) > width - 1) break
    kept += one
  }
  return `${kept}…`
}
