import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/**
 * A reporter beside the usual one: which ten files took longest, in seconds without the start of their process.
 */
export default async function* slowestFiles(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const seconds = new Map<string, number>()
  for await (const { type, data } of source)
    if ((type === 'test:pass' || type === 'test:fail') && data.nesting === 0 && data.file)
      seconds.set(data.file, (seconds.get(data.file) ?? 0) + data.details.duration_ms / 1000)
  const slowest = [...seconds].toSorted(([, a], [, b]) => b - a).slice(0, 10)
  const lines = slowest.map(
    ([file, taken]) => `  ${taken.toFixed(1).padStart(6)}  ${relative(process.cwd(), file)}\n`,
  )
  // At once, because another reporter writes at the end, too.
  yield `\nThe slowest test files, in seconds:\n${lines.join('')}`
}
