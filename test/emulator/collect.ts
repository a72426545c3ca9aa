import type { TestEvent } from 'node:test/reporters'
import type { Result } from './scenarios.ts'

/**
 * A reporter that writes what became of each test as a line of JSON, which `scenarios.ts` reads.
 * https://nodejs.org/api/test.html#custom-reporters
 */
export default async function* collect(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, nesting, skip, details } = event.data
    const failed = event.type === 'test:fail'
    const skippedFor = skip === undefined ? '' : String(skip)
    const error = failed ? (event.data.details.error.cause ?? event.data.details.error) : undefined
    const line: Result = {
      name,
      depth: nesting,
      ms: details.duration_ms,
      outcome: failed ? 'failed' : skip === undefined ? 'passed' : 'skipped',
      said:
        error === undefined
          ? skippedFor
          : error instanceof Error
            ? (error.stack ?? error.message)
            : String(error),
    }
    yield `${JSON.stringify(line)}\n`
  }
}
