import { batchOf, type Subject } from './report-stream.ts'

/**
 * Passes batches to several handlers alternately and prints, for each round, this thread's CPU time in each
 * of them, in ms. Arguments: bundles as JSON, subjects as JSON, rounds, batches per round, reports of each
 * subject in a batch.
 */
const [, , bundles = '[]', subjects = '[]', rounds = '0', batches = '0', ofEach = '1'] = process.argv
const all: Subject[] = JSON.parse(subjects)
const handlers: { handler: (event: object) => Promise<unknown> }[] = await Promise.all(
  JSON.parse(bundles).map((bundle: string) => import(bundle)),
)

const events = (round: number) =>
  Array.from({ length: Number(batches) }, (_, n) =>
    batchOf(all, 1 + (round * Number(batches) + n) * Number(ofEach), Number(ofEach)),
  )

for (let round = 0; round < Number(rounds); round++) {
  const given = events(round)
  const spent: number[] = []
  for (const [n, { handler }] of handlers.entries()) {
    // Each has its own items, in a table of its own name, which it reads when it is loaded.
    process.env.TABLE_NAME = `Records${n}`
    const before = process.threadCpuUsage()
    for (const event of given) await handler(event)
    const { user, system } = process.threadCpuUsage(before)
    spent.push((user + system) / 1_000)
  }
  console.error(JSON.stringify({ spent }))
}
process.exit(0)
