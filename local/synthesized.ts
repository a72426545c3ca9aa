import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Synthesized } from '../lib/synthesize.ts'

let made: Promise<Synthesized> | undefined

const make = async (): Promise<Synthesized> => {
  const { synthesize } = await import('../lib/synthesize.ts')
  const outdir = mkdtempSync(join(tmpdir(), 'groundcrew-cdk-'))
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  return synthesize({ outdir })
}

/**
 * The template and the bundles that `cdk deploy` would deploy, made once a process from the sources as they are: nothing
 * is kept between processes that could be out of date. Takes about two seconds, most of it loading the CDK.
 */
export const synthesized = (): Promise<Synthesized> => {
  made ??= make()
  return made
}
