import './quiet-logs.ts'

import { mock } from 'node:test'

/**
 * What functions log and count, for tests of it. Imported first, in place of `quiet-logs.ts`: the functions'
 * logger reads its settings when it is loaded.
 */
process.env.POWERTOOLS_LOG_LEVEL = 'DEBUG'
process.env.POWERTOOLS_METRICS_DISABLED = 'false'
// Through the console of this process.
process.env.POWERTOOLS_DEV = 'true'

/** A line as CloudWatch Logs would have it. */
export type Line = Readonly<Record<string, unknown>>

/** Collects every line from now on. */
export const collectLines = (): Line[] => {
  const lines: Line[] = []
  for (const method of ['debug', 'info', 'warn', 'error', 'log'] as const)
    mock.method(console, method, (text: string) => void lines.push(JSON.parse(text)))
  return lines
}
