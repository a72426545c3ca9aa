import { readFileSync } from 'node:fs'
import { batchOf, type Subject } from './report-stream.ts'

/**
 * Passes many reports to a handler and prints the process's memory after each tenth, garbage-collected
 * before. Arguments: bundle, file of subjects, reports. Needs `--expose-gc`.
 */
const [, , bundle = '', file = '', count = '0'] = process.argv
const subjects: Subject[] = JSON.parse(readFileSync(file, 'utf8'))
const { handler } = await import(bundle)

/** A batch is full, ten uploads with ten reports each, and the next batch is of the next ten uploads. */
const uploadsABatch = 10
const ofEach = 10

const tenth = Number(count) / 10
const cycle = subjects.length * ofEach
for (let done = 0, next = tenth; done < Number(count); ) {
  const from = (done / ofEach) % subjects.length
  const batch = subjects.slice(from, from + uploadsABatch)
  const answer = await handler(batchOf(batch, 1 + Math.floor(done / cycle) * ofEach, ofEach))
  if (answer.batchItemFailures.length > 0) throw new Error('reports failed')
  done += uploadsABatch * ofEach
  if (done < next) continue
  next += tenth
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  console.error(JSON.stringify({ done, heapUsed, rss }))
}
process.exit(0)
