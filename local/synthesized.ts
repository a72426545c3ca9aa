import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import * as z from 'zod'
import { madeOnce } from '../lib/made-once.ts'
import type { Synthesized } from '../lib/synthesize.ts'

type Context = Record<string, unknown>

const made = new Map<string, Promise<Synthesized>>()

/**
 * Options that name things in AWS: an existing bucket, an existing key, the console. The local stack makes
 * its own, whatever `cdk.json` says.
 */
const elsewhere = {
  bucketName: undefined,
  kmsKeyArn: undefined,
  consoleUrl: undefined,
  consoleDomain: undefined,
  consoleCertificate: undefined,
}

/** For this process alone. */
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

const readMade = (file: string): Synthesized => {
  const { templatePath, assets } = Made.parse(JSON.parse(readFileSync(file, 'utf8')))
  const template = Template.parse(JSON.parse(readFileSync(templatePath, 'utf8')))
  return { templatePath, template, assets: new Map(assets) }
}

/** The same code in another stack of this run, beside which the compiled code of its functions is kept. */
const sameCode = (directory: string, path: string): string | undefined =>
  readdirSync(directory)
    .filter((name) => /^stack-[0-9a-f]{16}$/.test(name))
    .map((stack) => join(directory, stack, basename(path)))
    .find((other) => existsSync(other))

/** Synthesizes once with these options for all processes of a test run. */
const makeForRun = async (directory: string, key: string, context: Context): Promise<Synthesized> => {
  const place = join(directory, `stack-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`)
  if (existsSync(place)) return readMade(join(place, 'made.json'))
  const { synthesize } = await import('../lib/synthesize.ts')
  madeOnce(place, (outdir) => {
    const bundles = join(directory, 'bundles')
    const made = synthesize({ outdir, bundles, context: { ...elsewhere, ...context } })
    const moved = (path: string): string => join(place, basename(path))
    const assets = [...made.assets].map(([id, path]) => [id, sameCode(directory, path) ?? moved(path)])
    const text = JSON.stringify({ templatePath: moved(made.templatePath), assets })
    writeFileSync(join(outdir, 'made.json'), text)
  })
  return readMade(join(place, 'made.json'))
}

/**
 * The template and the bundles that `cdk deploy` would deploy, made once per process from the current
 * sources: nothing that could be stale is kept between processes. This takes some seconds, mostly for loading
 * the CDK. A test run spends them once for each set of options: its processes share the directory in
 * `GROUNDCREW_SYNTHESIZED`. `context` has options of the stack, which change the template.
 */
export const synthesized = (context: Context = {}): Promise<Synthesized> => {
  const key = JSON.stringify(context)
  const { GROUNDCREW_SYNTHESIZED: run } = process.env
  const known = made.get(key) ?? (run === undefined ? make(context) : makeForRun(run, key, context))
  made.set(key, known)
  return known
}
