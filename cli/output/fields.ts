import { plain, type Style } from './text.ts'

export type Field = [name: string, value: unknown]

/** A record as lines of name and value, without unknown values. Sanitized for a terminal. */
export const fields = (
  of: readonly Field[],
  { styled }: { styled: (style: Style, text: string) => string },
): string => {
  const known = of.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...known.map(([name]) => name.length))
  return known.map(([name, value]) => `${styled('dim', name.padEnd(width))}  ${plain(value)}`).join('\n')
}
