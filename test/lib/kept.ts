import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The CDK is loaded only where something has to be made: to load it takes longer than to use it. */
export const synthesizer = (): typeof import('../../lib/synthesize.ts') =>
  createRequire(import.meta.url)('../../lib/synthesize.ts')

const texts = new Map<string, string>()

/**
 * JSON text that is made of a set of options, made once in a run of all tests: `test/run.ts` has a folder for
 * it, which goes with the run. A test file that is run by itself makes its own. What throws is not kept.
 */
export const kept = (name: string, context: Record<string, unknown>, make: () => unknown): string => {
  const key = createHash('sha256')
    .update(JSON.stringify([name, context]))
    .digest('hex')
  const { GROUNDCREW_SYNTHESIZED: run } = process.env
  const file = run && join(run, `${key}.json`)
  const text =
    texts.get(key) ?? (file && existsSync(file) ? readFileSync(file, 'utf8') : JSON.stringify(make()))
  if (file && !texts.has(key)) {
    // Another process may be at the same.
    writeFileSync(`${file}.${process.pid}`, text)
    renameSync(`${file}.${process.pid}`, file)
  }
  texts.set(key, text)
  return text
}
