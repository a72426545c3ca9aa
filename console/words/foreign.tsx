import { escaped } from '../../protocols/invisible.ts'

/**
 * Texts that devices, operators or addresses brought along. What is not seen in them is written out, and the
 * direction in which one of them is written changes nothing around it. Only where no element can be, as in
 * the name of a tab, `escaped` is used alone.
 */

export { escaped }

type Props = { text: string | undefined; short?: boolean; block?: boolean }

/**
 * A foreign text, a dash where there is none. `short`: in the cell of a table, cut where it would push the
 * other columns away; the pointer shows all of it. `block`: with its own line breaks.
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
