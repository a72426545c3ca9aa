import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { bundleFiles } from '../lib/functions/bundle.ts'
import { startPromptTable } from './prompt-table.ts'
import { runNode } from './run-node.ts'
import { uploadsUnderWay } from './subjects.ts'
import { printTable } from './table.ts'

/**
 * The memory of `record-progress` over very many reports: its bundle in its own process, a thousand uploads
 * (twice as many as it caches), full batches, and a table in another process that answers at once.
 */

const uploads = 1_000
const Sample = z.object({ done: z.number(), heapUsed: z.number(), rss: z.number() })

/** `growth`: the heap after the last tenth divided by that after the second, when all caches are filled. */
export const memoryRun = async (
  reports: number,
  say: (text: string) => void,
): Promise<{ text: string; growth: number }> => {
  const into = mkdtempSync(join(tmpdir(), 'groundcrew-bench-'))
  const functions = join(import.meta.dirname, '..', 'lambdas', 'functions')
  const [bundle] = [...bundleFiles(['ingest/record-progress'], functions, into).values()]
  const { subjects, items } = await uploadsUnderWay(uploads)
  const table = await startPromptTable(items)
  const list = join(into, 'subjects.json')
  writeFileSync(list, JSON.stringify(subjects))
  const given = [join(bundle?.directory ?? '', 'index.mjs'), list, String(reports)]
  const samples: z.infer<typeof Sample>[] = []
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: table.endpoint }
  for await (const line of runNode('invoke-for-memory.ts', given, environment, ['--expose-gc'])) {
    samples.push(Sample.parse(line))
    say(`  ${samples.at(-1)?.done} of ${reports} reports`)
  }
  table.stop()
  rmSync(into, { recursive: true, force: true })
  const megabytes = (of: 'heapUsed' | 'rss') => samples.map((sample) => (sample[of] / 1e6).toFixed(1))
  return {
    text: printTable(
      ['Memory in MB after', ...samples.map(({ done }) => done.toLocaleString('en'))],
      [
        ['heap, collected', ...megabytes('heapUsed')],
        ['process (rss)', ...megabytes('rss')],
      ],
    ),
    growth: (samples.at(-1)?.heapUsed ?? Number.NaN) / (samples[1]?.heapUsed ?? Number.NaN),
  }
}
