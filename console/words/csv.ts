/** Records as CSV, by RFC 4180. Pure. */

export type Value = string | number | boolean | undefined

/**
 * A cell by RFC 4180. An apostrophe makes text of what a spreadsheet would take for a formula: devices and
 * people write some of these values, and a formula can send the sheet elsewhere.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const cell = (value: Value): string => {
  const text = String(value ?? '')
  const safe = typeof value === 'string' && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvOfRows = <Name extends string>(
  columns: readonly Name[],
  rows: readonly Partial<Record<Name, Value>>[],
): string =>
  [columns.map(cell), ...rows.map((row) => columns.map((name) => cell(row[name])))]
    .map((line) => `${line.join(',')}\r\n`)
    .join('')

/** Every value in a record by its path: `archives[0].state`. A list of plain values is one value, `3; 4`. */
const flat = (value: unknown, path = ''): [path: string, value: Value][] => {
  if (value === undefined || value === null) return []
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [[path, value]]
  if (Array.isArray(value) && value.length === 0) return []
  if (Array.isArray(value))
    return value.some((one) => typeof one === 'object')
      ? value.flatMap((one, n) => flat(one, `${path}[${n}]`))
      : [[path, value.join('; ')]]
  return Object.entries(value).flatMap(([name, one]) => flat(one, path === '' ? name : `${path}.${name}`))
}

/** Records of any kind, one line each, with a column for each path that occurs. */
export const csvOfRecords = (records: readonly object[]): string => {
  const rows = records.map((record) => Object.fromEntries(flat(record)))
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return csvOfRows(columns, rows)
}
