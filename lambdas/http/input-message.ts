import type * as z from 'zod/mini'

/**
 * The message of an input error, independent of the wording of the schema library. It follows the path, as in
 * `selections[0].module must be one of aircraft, dock`.
 */
export const inputMessage = (issue: z.core.$ZodRawIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return issue.input === undefined
        ? 'is missing'
        : issue.values.length === 1
          ? `must be ${String(issue.values[0])}`
          : `must be one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return bound(
        issue.origin,
        issue.minimum,
        'at least',
        issue.inclusive === false ? 'more than' : 'at least',
      )
    case 'too_big':
      return bound(
        issue.origin,
        issue.maximum,
        'at most',
        issue.inclusive === false ? 'less than' : 'at most',
      )
    case 'invalid_format':
      return formats[issue.format] ?? 'has the wrong format'
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'unrecognized_keys':
      return 'is not a field of this request'
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : 'has none of the allowed forms'
    default:
      return 'is invalid'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const formats: Readonly<Record<string, string>> = {
  datetime: 'must be a time like 2026-11-21T10:00:00Z',
  lowercase: 'must be in lower case',
}

const units: Readonly<Record<string, readonly [string, string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
  record: ['entry', 'entries'],
}

const bound = (origin: string, limit: number | bigint, counted: string, measured: string): string => {
  const unit = units[origin]?.[Number(limit) === 1 ? 0 : 1]
  return unit === undefined ? `must be ${measured} ${limit}` : `must have ${counted} ${limit} ${unit}`
}
