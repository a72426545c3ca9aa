import { createCache } from '../cache.ts'
import { isSuppliedKey, type RequestContext, valuesOf } from './context.ts'

/**
 * Text in a policy that may hold wildcards and policy variables, and its comparison.
 *
 * A variable's value is literal text: a session tag of `*` is a star, not a wildcard, and its colons do not
 * shift the segments of an ARN.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
type Token =
  | { kind: 'written' | 'substituted'; text: string }
  | { kind: 'anyText' | 'anyCharacter'; text?: never }

const variable = /\$\{([^}]*)\}/g

/**
 * The first policy variable in `text` that no request supplies, as written; a variable with a default value
 * is not emulated.
 */
export const unknownVariable = (text: string): string | undefined =>
  [...text.matchAll(variable)]
    .map(([, name = '']) => name)
    .find((name) => name.includes(',') || !isSuppliedKey(name))

/** A key with several values cannot be used as a variable. */
const variableValue = (name: string, context: RequestContext): string | undefined => {
  const values = valuesOf(context, name)
  return values?.length === 1 ? values[0] : undefined
}

const written = (text: string): Token[] =>
  [...text].map((character) => {
    if (character === '*') return { kind: 'anyText' }
    if (character === '?') return { kind: 'anyCharacter' }
    return { text: character, kind: 'written' }
  })

/** Patterns without variables, the same for every request. */
const literals = createCache<Token[]>(1000)

const literal = (pattern: string): Token[] => {
  const known = literals.get(pattern) ?? written(pattern)
  literals.set(pattern, known)
  return known
}

const tokens = (pattern: string, context: RequestContext): readonly Token[] | undefined => {
  if (!pattern.includes('${')) return literal(pattern)
  const result: Token[] = []
  let end = 0
  for (const match of pattern.matchAll(variable)) {
    const value = variableValue(match[1] ?? '', context)
    if (value === undefined) return undefined
    result.push(...written(pattern.slice(end, match.index)))
    for (const character of value) result.push({ text: character, kind: 'substituted' })
    end = match.index + match[0].length
  }
  return [...result, ...written(pattern.slice(end))]
}

/** Greedy with a single backtracking point, so no pattern takes more than pattern × text steps. */
const fits = (pattern: readonly Token[], text: string): boolean => {
  const characters = [...text]
  let at = 0
  let position = 0
  let star = -1
  let starAt = 0
  while (at < characters.length) {
    const token = pattern[position]
    if (token?.kind === 'anyText') {
      star = position++
      starAt = at
    } else if (token && (token.kind === 'anyCharacter' || token.text === characters[at])) {
      position++
      at++
    } else if (star >= 0) {
      position = star + 1
      at = ++starAt
    } else return false
  }
  return pattern.slice(position).every((token) => token.kind === 'anyText')
}

const splitPattern = (pattern: readonly Token[]): Token[][] => {
  const parts: Token[][] = [[]]
  for (const token of pattern) {
    if (token.kind === 'written' && token.text === ':' && parts.length < 6) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

/**
 * The outcome of a comparison. `unresolved`: the pattern has a variable for which the request has no value.
 * Such a pattern matches nothing, and `StringNotEquals` does not hold because of it either.
 */
export type Comparison = 'matches' | 'differs' | 'unresolved'

const compare = (
  pattern: string,
  context: RequestContext,
  test: (tokens: readonly Token[]) => boolean,
): Comparison => {
  const resolved = tokens(pattern, context)
  if (resolved === undefined) return 'unresolved'
  return test(resolved) ? 'matches' : 'differs'
}

/** Compares text with a pattern in which `*` and `?` are wildcards. */
export const compareLike = (pattern: string, text: string, context: RequestContext): Comparison =>
  compare(pattern, context, (resolved) => fits(resolved, text))

/**
 * Compares an ARN with a pattern, segment by segment: a wildcard does not reach over a colon, except in the
 * last segment of the pattern. A lone `*` matches every resource.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export const compareArn = (pattern: string, arn: string, context: RequestContext): Comparison =>
  compare(pattern, context, (resolved) => {
    const parts = splitPattern(resolved)
    const segments = arn.split(':')
    if (segments.length < parts.length) return false
    const last = segments.slice(parts.length - 1).join(':')
    return parts.every((part, index) =>
      fits(part, index === parts.length - 1 ? last : (segments[index] ?? '')),
    )
  })

/** The text with its variables filled in and no wildcards interpreted; undefined if one has no value. */
export const resolveText = (text: string, context: RequestContext): string | undefined => {
  let unresolved = false
  const result = text.replace(variable, (_whole, inside: string) => {
    const value = variableValue(inside, context)
    if (value === undefined) unresolved = true
    return value ?? ''
  })
  return unresolved ? undefined : result
}
