import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { builtConsole } from '../lib/console/console-bundle.ts'
import { synthesized } from '../local/synthesized.ts'
import { packed } from './packs.ts'
import { unusedRights } from './security/unused-rights.ts'
import skipped from './skipped.ts'
import slowestFiles from './slowest-files.ts'
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
 *
 * `npm run test:long` runs the tests of which `npm test` has a short form alone, in their long form.
 */
const [mode, ...more] = process.argv.slice(2)
if (![undefined, 'quick', 'faults', 'long'].includes(mode) || more.length > 0) {
  console.error(
    `Unknown arguments: ${[mode, ...more].join(' ')}. One file: node_modules/.bin/node --test test/lib/names.test.ts`,
  )
  process.exit(2)
}

/** What takes a minute or more by itself: begun last, it would keep one processor busy while the other waits. */
const longest = [
  'test/site/tour',
  'test/contract/',
  'test/packages/',
  'test/faults/',
  'test/console/stories',
  'test/console/docks',
  'test/console/pages',
  'test/console/rollout',
  'test/lib/findings',
  'test/lib/cfn-lint',
  'test/cli/command-line',
  'test/bin/wrong-use',
]

const isLongest = (file: string): boolean => longest.some((start) => file.startsWith(start))

const place = (file: string): number => {
  const at = longest.findIndex((start) => file.startsWith(start))
  return at < 0 ? longest.length : at
}

/**
 * Runs files, one more at a time than there are processors, since stories often wait. Shows the usual report, and after
 * it how long files took and what was skipped. Answers the exit status.
 */
const runFiles = async (files: readonly string[], ...nodeOptions: string[]): Promise<number> => {
  const events = run({
    files: files
      .toSorted((a, b) => place(a) - place(b) || a.localeCompare(b))
      .map((file) => join(root, file)),
    concurrency: availableParallelism() + 1,
    timeout: 1_800_000,
    execArgv: ['--import', join(import.meta.dirname, 'without-promise-hooks.ts'), ...nodeOptions],
  })
  // Each report adds a handful.
  events.setMaxListeners(20)
  let status = 0
  events.on('test:fail', () => {
    status = 1
  })
  const reports = [new spec(), slowestFiles, skipped].map((report) => events.compose(report))
  await Promise.all(reports.map((report) => pipeline(report, process.stdout, { end: false })))
  return status
}

const testsIn = (folder: string): string[] => sourcesIn(folder).filter((name) => name.endsWith('.test.ts'))

const startsSomething = (file: string): boolean =>
  /^(local|lib|bench|simulator|bin)\//.test(file) ||
  readFileSync(join(root, file), 'utf8').includes("from 'node:child_process'")

const runQuick = (directory: string): Promise<number> => {
  const files = testsIn('test').filter((file) => ![...reachedFrom([file])].some(startsSomething))
  return runFiles(packed(files, directory, isLongest))
}

/** What `GROUNDCREW_LONG` makes longer: tools of others, which take seconds a stack, or an operation of the API. */
const haveLongForm = ['test/contract/tools.test.ts', 'test/lib/cfn-lint.test.ts', 'test/lib/findings.test.ts']

const testsOfMode = (): string[] => {
  if (mode === 'long') return haveLongForm
  return testsIn(mode === 'faults' ? 'test/faults' : 'test')
}

const runWhole = async (directory: string): Promise<number> => {
  await builtConsole()
  const rightsUsed = join(directory, 'rights-used')
  mkdirSync(rightsUsed)
  process.env.GROUNDCREW_SYNTHESIZED = directory
  await synthesized()
  process.env.GROUNDCREW_RIGHTS_USED = rightsUsed
  if (mode === 'faults') process.env.GROUNDCREW_FAULT_ROUNDS ??= '5'
  if (mode === 'long') process.env.GROUNDCREW_LONG = '1'
  const files = packed(testsOfMode(), directory, isLongest)
  const recordRights = join(import.meta.dirname, 'security/record-rights.ts')
  const status = await runFiles(files, '--import', recordRights)
  const unused = status === 0 && mode === undefined ? unusedRights(rightsUsed) : []
  for (const right of unused) console.error(`No test needs this right: ${right}`)
  return unused.length > 0 ? 1 : status
}

// Its many processes load the same packages and sources.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/test')
const directory = mkdtempSync(join(tmpdir(), 'groundcrew-test-'))
process.exitCode = await (mode === 'quick' ? runQuick(directory) : runWhole(directory))
rmSync(directory, { recursive: true, force: true })
