/** An event as EventBridge's targets get it. */
export type BusEvent = {
  version: '0'
  id: string
  'detail-type': string
  source: string
  account: string
  time: string
  region: string
  resources: string[]
  detail: object
}

type Test = (value: unknown) => boolean

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `prefix` is the only operator that our templates use. */
const element = (pattern: unknown, path: string): Test => {
  if (!isRecord(pattern)) return (value) => value === pattern
  const { prefix, ...others } = pattern
  if (typeof prefix !== 'string' || Object.keys(others).length > 0)
    throw new Error(`event pattern ${path}: ${JSON.stringify(pattern)} is not emulated locally`)
  return (value) => typeof value === 'string' && value.startsWith(prefix)
}

/** An array in the event matches if one of its elements does. */
const field = (patterns: unknown[], path: string): Test => {
  const tests = patterns.map((pattern) => element(pattern, path))
  return (value) =>
    (Array.isArray(value) ? value : [value]).some((one) => tests.some((matches) => matches(one)))
}

/**
 * Parses an event pattern: every named field must be present and match one of its values.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 * @throws Error that names an operator that is not emulated.
 */
export const compilePattern = (pattern: unknown, path = '$'): Test => {
  if (!isRecord(pattern)) throw new Error(`event pattern ${path} is not an object`)
  const tests = Object.entries(pattern).map(([name, inner]): [string, Test] => {
    if (name.startsWith('$')) throw new Error(`event pattern ${path}: ${name} is not emulated locally`)
    const at = `${path}.${name}`
    return [name, Array.isArray(inner) ? field(inner, at) : compilePattern(inner, at)]
  })
  return (value) => {
    const fields = isRecord(value) ? value : {}
    return tests.every(([name, matches]) => matches(fields[name]))
  }
}
