import type { TestEvent } from 'node:test/reporters'

/** Names that a reason is shown with. */
const mostNames = 3

/**
 * A reporter that says at the end what was skipped, and why: among thousands of lines nobody sees that
 * something was not tested. https://nodejs.org/api/test.html#custom-reporters
 */
export default async function* skipped(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const byReason = new Map<string, string[]>()
  for await (const event of events) {
    if (event.type !== 'test:pass' || event.data.skip === undefined) continue
    const { name, skip } = event.data
    const reason = typeof skip === 'string' && skip !== '' ? skip : 'for no reason that it says'
    byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  }
  const lines = [...byReason].map(([reason, names]) => {
    const more = names.length > mostNames ? [`and ${names.length - mostNames} more`] : []
    return `  ${reason}: ${[...names.slice(0, mostNames), ...more].join(', ')}\n`
  })
  // At once, because another reporter writes at the end, too.
  if (lines.length > 0) yield `\nSkipped, so not tested here:\n${lines.join('')}`
}
