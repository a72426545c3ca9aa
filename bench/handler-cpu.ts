import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { bundleFiles } from '../lib/functions/bundle.ts'
import { startPromptTable } from './prompt-table.ts'
import { runNode } from './run-node.ts'
import { uploadsUnderWay } from './subjects.ts'
import { median, printTable } from './table.ts'

/**
 * The CPU time of `record-progress` for a report, compared with `JSON.parse` and one table call: the deployed
 * bundles, alternating in one thread, with the table in another process.
 */

const root = join(import.meta.dirname, '..')
const Spent = z.object({ spent: z.tuple([z.number(), z.number(), z.number()], z.number()) })

/** Uploads in a batch, and reports of each. In the last shape they share writes. */
const shapes = [
  { name: 'one report a batch', uploads: 1, ofEach: 1 },
  { name: 'ten uploads a batch, a report of each', uploads: 10, ofEach: 1 },
  { name: 'ten uploads a batch, ten reports of each', uploads: 10, ofEach: 10 },
] as const

/** The code has been compiled after these. */
const warmUpRounds = 12

/**
 * The CPU time as a multiple of the minimum: for a report `alone` in its batch, and `together` with those of
 * other uploads. `before`: a folder with another version's bundles, which alternate with the others.
 */
export const handlerCpu = async (
  rounds: number,
  before?: string,
): Promise<{ text: string; alone: number; together: number }> => {
  const into = mkdtempSync(join(tmpdir(), 'groundcrew-bench-'))
  const ours = bundleFiles(['ingest/record-progress'], join(root, 'lambdas', 'functions'), into)
  const bare = bundleFiles(['raw-update', 'document-update'], join(root, 'bench', 'bare'), join(into, 'bare'))
  const directories = [...ours.values(), ...bare.values()].map(({ directory }) => directory)
  const all = [...directories, ...(before ? [join(before, 'ingest/record-progress')] : [])]
  const bundles = all.map((directory) => join(directory, 'index.mjs'))
  const rows: string[][] = []
  const ratios: number[] = []
  for (const { name, uploads, ofEach } of shapes) {
    const { subjects, items } = await uploadsUnderWay(uploads)
    const table = await startPromptTable(items)
    const batches = Math.ceil(200 / (uploads * ofEach))
    const given = [bundles, subjects].map((value) => JSON.stringify(value))
    const counts = [rounds + warmUpRounds, batches, ofEach].map(String)
    const measured: z.infer<typeof Spent>['spent'][] = []
    const environment = { AWS_ENDPOINT_URL_DYNAMODB: table.endpoint }
    for await (const line of runNode('invoke-for-cpu.ts', [...given, ...counts], environment))
      measured.push(Spent.parse(line).spent)
    table.stop()
    const counted = measured.slice(warmUpRounds)
    const reports = batches * uploads * ofEach
    const each = (which: 0 | 1 | 2) =>
      ((median(counted.map((spent) => spent[which])) / reports) * 1_000).toFixed(0)
    const against = (which: 1 | 2) => median(counted.map((spent) => spent[0] / spent[which]))
    ratios.push(against(1))
    const old = median(counted.map(([, raw, , old = Number.NaN]) => old / raw))
    rows.push([
      name,
      each(0),
      each(1),
      each(2),
      against(1).toFixed(2),
      against(2).toFixed(2),
      ...(before ? [old.toFixed(2)] : []),
    ])
  }
  rmSync(into, { recursive: true, force: true })
  const head = [
    'CPU time a report, µs',
    'ours',
    'raw call',
    'document client',
    'ours / raw',
    'ours / document',
    ...(before ? ['before / raw'] : []),
  ]
  const [alone = Number.NaN, together = Number.NaN] = ratios
  return { text: printTable(head, rows), alone, together }
}
