import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtConsole } from '../lib/console-bundle.ts'
import { synthesize } from '../lib/synthesize.ts'

/**
 * `npm test`: synthesizes the stack and builds the console once from the sources as they are, for the many test files that use them,
 * then runs the tests.
 * A test file that is run by itself synthesizes for itself.
 */
await builtConsole()
const directory = mkdtempSync(join(tmpdir(), 'groundcrew-test-'))
const { templatePath, assets } = synthesize({ outdir: directory })
const made = join(directory, 'synthesized.json')
writeFileSync(made, JSON.stringify({ templatePath, assets: [...assets] }))

const options = ['--test', '--test-concurrency=3', '--test-timeout=120000', 'test/**/*.test.ts']
const { status } = spawnSync(process.execPath, options, {
  stdio: 'inherit',
  env: { ...process.env, GROUNDCREW_SYNTHESIZED: made },
})
rmSync(directory, { recursive: true, force: true })
process.exitCode = status ?? 1
