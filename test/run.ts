import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtConsole } from '../lib/console-bundle.ts'
import { synthesize } from '../lib/synthesize.ts'
import { unusedRights } from './security/unused-rights.ts'
import { reachedFrom, root, sourcesIn } from './support/imports.ts'

/**
 * `npm test`: synthesizes the stack and builds the console once from the sources as they are, for the many
 * test files that use them, then runs the tests, and says at the end what was skipped. A test file that is
 * run by itself synthesizes for itself. Once all tests have passed, every right that the template grants must
 * have been used by one of them.
 *
 * `npm run test:quick` runs the files that start nothing: no table, no stack, no process.
 *
 * `npm run test:faults` runs the faults alone, in their long form: `GROUNDCREW_FAULT_ROUNDS` rounds, by
 * default five.
 */
const [mode, ...more] = process.argv.slice(2)
if (![undefined, 'quick', 'faults'].includes(mode) || more.length > 0) {
  console.error(
    `There is nothing to run as ${[mode, ...more].join(' ')}. One file: node --test test/lib/names.test.ts`,
  )
  process.exit(2)
}

/** The usual report, and after it how long files took and what was skipped. */
const reporters = [
  'spec',
  ...['slowest-files.ts', 'skipped.ts'].map((name) => join(import.meta.dirname, name)),
]

const runNode = (files: readonly string[], env: Record<string, string> = {}): number => {
  const options = [
    ...['--test', '--test-concurrency=3', '--test-timeout=600000'],
    ...reporters.flatMap((name) => [`--test-reporter=${name}`, '--test-reporter-destination=stdout']),
  ]
  // Some three hundred processes load the same packages and sources.
  const NODE_COMPILE_CACHE = join(root, 'node_modules/.cache/test')
  const environment = { NODE_COMPILE_CACHE, ...process.env, ...env }
  return (
    spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit', env: environment }).status ?? 1
  )
}

const startsSomething = (file: string): boolean =>
  /^(local|lib|bench|simulator|bin)\//.test(file) ||
  readFileSync(join(root, file), 'utf8').includes("from 'node:child_process'")

const runQuick = (): number => {
  const files = sourcesIn('test').filter((name) => name.endsWith('.test.ts'))
  return runNode(files.filter((file) => ![...reachedFrom([file])].some(startsSomething)))
}

const runWhole = async (): Promise<number> => {
  await builtConsole()
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-test-'))
  const { templatePath, assets } = synthesize({ outdir: directory })
  const made = join(directory, 'synthesized.json')
  writeFileSync(made, JSON.stringify({ templatePath, assets: [...assets] }))
  const rightsUsed = join(directory, 'rights-used')
  mkdirSync(rightsUsed)
  const isLong = mode === 'faults'
  const recordRights = join(import.meta.dirname, 'security/record-rights.ts')
  const status = runNode(['--import', recordRights, isLong ? 'test/faults/*.test.ts' : 'test/**/*.test.ts'], {
    ...(isLong ? { GROUNDCREW_FAULT_ROUNDS: process.env.GROUNDCREW_FAULT_ROUNDS ?? '5' } : {}),
    GROUNDCREW_SYNTHESIZED: made,
    GROUNDCREW_RIGHTS_USED: rightsUsed,
  })
  const unused = status === 0 && !isLong ? unusedRights(rightsUsed) : []
  for (const right of unused) console.error(`No test needs this right: ${right}`)
  rmSync(directory, { recursive: true, force: true })
  return unused.length > 0 ? 1 : status
}

process.exitCode = mode === 'quick' ? runQuick() : await runWhole()
