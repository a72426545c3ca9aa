import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtConsole } from '../lib/console-bundle.ts'
import { synthesize } from '../lib/synthesize.ts'
import { unusedRights } from './security/unused-rights.ts'

/**
 * `npm test`: synthesizes the stack and builds the console once from the sources as they are, for the many test files that use them,
 * then runs the tests, and says at the end what was skipped.
 * A test file that is run by itself synthesizes for itself. Once all tests have passed, every right that the template grants must have
 * been used by one of them.
 *
 * `npm run test:faults` runs the faults alone, in their long form: `GROUNDCREW_FAULT_ROUNDS` rounds, by default five.
 */
await builtConsole()
const directory = mkdtempSync(join(tmpdir(), 'groundcrew-test-'))
const { templatePath, assets } = synthesize({ outdir: directory })
const made = join(directory, 'synthesized.json')
writeFileSync(made, JSON.stringify({ templatePath, assets: [...assets] }))

const long = process.argv[2] === 'faults'
const files = long ? 'test/faults/*.test.ts' : 'test/**/*.test.ts'
const recordRights = join(import.meta.dirname, 'security/record-rights.ts')
const rightsUsed = join(directory, 'rights-used')
mkdirSync(rightsUsed)
/** The usual report, and after it how long files took and what was skipped. */
const reporters = [
  'spec',
  ...['slowest-files.ts', 'skipped.ts'].map((name) => join(import.meta.dirname, name)),
]
const options = [
  ...['--import', recordRights, '--test', '--test-concurrency=3', '--test-timeout=120000'],
  ...reporters.flatMap((name) => [`--test-reporter=${name}`, '--test-reporter-destination=stdout']),
  files,
]
const rounds = long ? { GROUNDCREW_FAULT_ROUNDS: process.env.GROUNDCREW_FAULT_ROUNDS ?? '5' } : {}
const { status } = spawnSync(process.execPath, options, {
  stdio: 'inherit',
  env: { ...process.env, ...rounds, GROUNDCREW_SYNTHESIZED: made, GROUNDCREW_RIGHTS_USED: rightsUsed },
})
const unused = status === 0 && !long ? unusedRights(rightsUsed) : []
for (const right of unused) console.error(`No test needs this right: ${right}`)
rmSync(directory, { recursive: true, force: true })
process.exitCode = unused.length > 0 ? 1 : (status ?? 1)
