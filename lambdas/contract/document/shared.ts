import { isDeepStrictEqual } from 'node:util'

/**
 * Components that several routes share: each is in the document once.
 * https://spec.openapis.org/oas/v3.1.1#components-object
 */
type Kind = 'responses' | 'parameters' | 'headers'

export type Reference = { $ref: string }

/** `dock-absent`, `dockSn` and `Debug mode` as names of components. */
export const pascal = (text: string): string =>
  text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('')

export const sharedParts = () => {
  const parts: Record<Kind, Record<string, object>> = { responses: {}, parameters: {}, headers: {} }
  return {
    parts,
    /** Adds a part and returns a reference to it. @throws Error if the name belongs to a different part */
    once: (kind: Kind, name: string, part: object): Reference => {
      const known = parts[kind][name]
      if (known && !isDeepStrictEqual(known, part)) throw new Error(`${kind}.${name} would be two things`)
      parts[kind][name] = part
      return { $ref: `#/components/${kind}/${name}` }
    },
  }
}

export type Once = ReturnType<typeof sharedParts>['once']
