/** Parses a typed list: one item per line, or separated by commas. Duplicates count once. */
export const listOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,]/)
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  ),
]

/** The default id for a name: `spring-firmware` for `Spring firmware`. */
export const idFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)

/** The API's rule for ids of packages and campaigns. */
export const idRule = 'Use only letters, digits, “-” and “_”, at most 64.'

export const isId = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text)

/** The cells of a CSV text by RFC 4180, or with semicolons, as spreadsheets in many countries write it. */
const rowsOf = (csv: string): string[][] => {
  const text = csv.replace(/^\ufeff/, '').replaceAll('\r\n', '\n')
  const [head = ''] = text.split('\n')
  const between = head.includes(';') && !head.includes(',') ? ';' : ','
  const cells = new RegExp(`("(?:[^"]|"")*"|[^${between}\\n]*)(${between}|\\n|$)`, 'g')
  const rows: string[][] = [[]]
  for (const [, cell = '', end = ''] of text.matchAll(cells)) {
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)
    if (end === '\n') rows.push([])
    if (end === '') break
  }
  return rows
}

const idHeads = ['deviceid', 'device id', 'device_id', 'device', 'docksn', 'serial number', 'id']

/**
 * The ids in a CSV table: from the column with that name, otherwise from the first. Duplicates count once.
 */
export const idsInCsv = (csv: string): string[] => {
  const [head = [], ...others] = rowsOf(csv)
  const names = head.map((name) => name.trim().toLowerCase())
  const place = idHeads.map((name) => names.indexOf(name)).find((found) => found >= 0)
  const rows = place === undefined ? [head, ...others] : others
  return [...new Set(rows.map((row) => (row[place ?? 0] ?? '').trim()).filter((id) => id !== ''))]
}
