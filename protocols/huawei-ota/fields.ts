/** Forgiving readers for single fields of a device's message: each gives a usable value or undefined, and none throws. */

/** A JSON object of which nothing is known. */
export type Fields = { readonly [name: string]: unknown }

/** Whether a value is a JSON object. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The vendor's SDKs write a missing value as null (Java, C#) or as an empty text (Go, Python), too. */
export const isBlank = (value: unknown): boolean => value === undefined || value === null || value === ''

/** A text that is not empty. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** A whole number, also as a string ("80"). A fraction is none: 80.5 is not 80. */
export const integer = (
  value: unknown,
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {},
): number | undefined => {
  const isNumeric = typeof value === 'string' && /^-?\d{1,16}(\.0{1,16})?$/.test(value)
  const number = isNumeric ? Number(value) : value
  // Adding zero makes -0 what it means.
  return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
    ? number + 0
    : undefined
}

/** A text for people to read: cut, in one line, without control characters, which make a terminal or a log lie. */
export const remark = (value: unknown, maxLength: number): string | undefined =>
  isText(value)
    ? value
        .slice(0, maxLength)
        .toWellFormed()
        .replace(/\p{Cc}/gu, ' ')
    : undefined

/** The fields that have a value: facts leave out what was missing. */
export const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } => {
  const present: Partial<T> = { ...fields }
  for (const name in present) if (present[name] === undefined) delete present[name]
  return present as { [K in keyof T]?: Exclude<T[K], undefined> }
}
