/** What people type as a list: one in a line, or with commas between. Each counts once. */
export const listOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,]/)
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  ),
]

/** An id made of a name, for those who do not care: `Spring firmware` as `spring-firmware`. */
export const idFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)

/** As the API takes ids of packages and campaigns. */
export const isId = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text)
