import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import type { Synthesized } from '../lib/synthesize.ts'

type Context = Record<string, unknown>

const made = new Map<string, Promise<Synthesized>>()

/**
 * What is in AWS: a bucket and a key that exist already, and the console. Here the stack makes its own, whatever
 * `cdk.json` says.
 */
const elsewhere = {
  ...{ bucketName: undefined, kmsKeyArn: undefined },
  ...{ consoleUrl: undefined, consoleDomain: undefined, consoleCertificate: undefined },
}

const make = async (context: Context): Promise<Synthesized> => {
  const { synthesize } = await import('../lib/synthesize.ts')
  const outdir = mkdtempSync(join(tmpdir(), 'groundcrew-cdk-'))
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  return synthesize({ outdir, context: { ...elsewhere, ...context } })
}

const Made = z.object({ templatePath: z.string(), assets: z.array(z.tuple([z.string(), z.string()])) })
const Template = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.looseObject({}).optional() }),
  ),
})

/** What `test/run.ts` made for all the processes of one run. */
const readMade = (file: string): Synthesized => {
  const { templatePath, assets } = Made.parse(JSON.parse(readFileSync(file, 'utf8')))
  const template = Template.parse(JSON.parse(readFileSync(templatePath, 'utf8')))
  return { templatePath, template, assets: new Map(assets) }
}

/**
 * The template and the bundles that `cdk deploy` would deploy, made once a process from the sources as they
 * are: nothing is kept between processes that could be out of date. Takes about two seconds, most of it
 * loading the CDK, which a run of all tests spends once, in `GROUNDCREW_SYNTHESIZED`. `context` has options
 * of the stack, which make another template.
 */
export const synthesized = (context: Context = {}): Promise<Synthesized> => {
  const key = JSON.stringify(context)
  const { GROUNDCREW_SYNTHESIZED: file } = process.env
  const known = made.get(key) ?? (file && key === '{}' ? Promise.resolve(readMade(file)) : make(context))
  made.set(key, known)
  return known
}
