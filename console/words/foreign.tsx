import { escaped } from '../../protocols/invisible.ts'

/**
 * Texts from devices, operators or addresses. Invisible characters are written out, and the text's direction
 * does not affect its surroundings. Where no element is possible, as in a tab's title, use `escaped` alone.
 */

export { escaped }

type Props = { text: string | undefined; short?: boolean; block?: boolean }

/**
 * A foreign text, or a dash if there is none. `short`: in the cell of a table, cut if it would push the other
 * columns away; the tooltip shows all of it. `block`: with its own line breaks.
 */
export const Foreign = ({ text, short = false, block = false }: Props) => {
  if (text === undefined) return '–'
  const shown = block ? text.split('\n').map(escaped).join('\n') : escaped(text)
  return (
    <bdi className={short ? 'foreign foreign-short' : 'foreign'} {...(short ? { title: shown } : {})}>
      {shown}
    </bdi>
  )
}
