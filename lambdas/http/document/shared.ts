import { isDeepStrictEqual } from 'node:util'

/** What the document says once, for all routes that have it. https://spec.openapis.org/oas/v3.1.1#components-object */
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
    /** Refers to a part. @throws Error where this name is another part already */
    once: (kind: Kind, name: string, part: object): Reference => {
      const known = parts[kind][name]
      if (known && !isDeepStrictEqual(known, part)) throw new Error(`${kind}.${name} would be two things`)
      parts[kind][name] = part
      return { $ref: `#/components/${kind}/${name}` }
    },
  }
}

export type Once = ReturnType<typeof sharedParts>['once']
