/** An event bus event, as EventBridge's targets get it. */
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

/** The operators that our templates use; more are added when one does. */
const operators: Record<string, (operand: unknown) => Test | undefined> = {
  prefix: (operand) =>
    typeof operand === 'string'
      ? (value) => typeof value === 'string' && value.startsWith(operand)
      : undefined,
  suffix: (operand) =>
    typeof operand === 'string' ? (value) => typeof value === 'string' && value.endsWith(operand) : undefined,
  exists: (operand) =>
    // Only of what has no fields of its own.
    typeof operand === 'boolean'
      ? (value) => (value !== undefined && !isRecord(value)) === operand
      : undefined,
  'anything-but': (operand) => {
    const unwanted = Array.isArray(operand) ? operand : [operand]
    if (unwanted.some((one) => typeof one === 'object' && one !== null)) return undefined
    return (value) => value !== undefined && !unwanted.includes(value)
  },
  'equals-ignore-case': (operand) =>
    typeof operand === 'string'
      ? (value) => typeof value === 'string' && value.toLowerCase() === operand.toLowerCase()
      : undefined,
}

const element = (pattern: unknown, path: string): Test => {
  if (!isRecord(pattern)) return (value) => value === pattern
  const [name = '', operand] = Object.entries(pattern)[0] ?? []
  const test = operators[name]?.(operand)
  if (!test || Object.keys(pattern).length !== 1)
    throw new Error(`event pattern ${path}: ${JSON.stringify(pattern)} is not emulated locally`)
  return test
}

/** An array in the event matches where one of its elements does. */
const field = (patterns: unknown[], path: string): Test => {
  const tests = patterns.map((pattern) => element(pattern, path))
  return (value) =>
    (Array.isArray(value) ? value : [value]).some((one) => tests.some((matches) => matches(one)))
}

/**
 * Reads an event pattern: every named field must match one of its values. A field that is not there matches
 * only `exists: false`. @throws Error that names an operator which is not emulated.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
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
