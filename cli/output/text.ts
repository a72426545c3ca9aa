import { stripVTControlCharacters, type styleText } from 'node:util'
import stringWidth from 'string-width'
import { escaped } from '../../protocols/invisible.ts'

/** Text for a terminal. What devices and operators wrote may hold escape sequences: here they become letters. */

export type Style = Parameters<typeof styleText>[0]

/** A terminal, or whatever else takes text. */
export type Sink = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

/** Of a terminal that does not say. */
export const usualWidth = 80

/** What is shown of a value that others wrote: nothing in it moves the cursor, colours, or hides. */
export const plain = (value: unknown): string =>
  value === undefined || value === null ? '' : escaped(String(value))

/** JSON that is harmless to print: what is not seen is written as JSON writes it. */
export const harmlessJson = (value: unknown): string =>
  [...JSON.stringify(value)].map((one) => (escaped(one) === one ? one : asJsonEscape(one))).join('')

const asJsonEscape = (character: string): string =>
  [...character]
    .flatMap((one) => one.split(''))
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** Columns that it takes up, styles apart. */
export const widthOf = (text: string): number => stringWidth(stripVTControlCharacters(text))

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** At most so many columns; what is left out is shown by a dot. Without styles. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const one of text) {
    if (widthOf(kept + one) > width - 1) break
    kept += one
  }
  return `${kept}…`
}
