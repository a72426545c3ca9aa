import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import * as z from 'zod'
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

const makeIn = async (outdir: string, context: Context): Promise<Synthesized> => {
  const { synthesize } = await import('../lib/synthesize.ts')
  return synthesize({ outdir, context: { ...elsewhere, ...context } })
}

/** For this process alone. */
const make = (context: Context): Promise<Synthesized> => {
  const outdir = mkdtempSync(join(tmpdir(), 'groundcrew-cdk-'))
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  return makeIn(outdir, context)
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

/**
 * Synthesizes once with these options for all processes of a test run. The result appears atomically; if two
 * processes make it at once, the first to finish wins.
 */
const makeForRun = async (directory: string, key: string, context: Context): Promise<Synthesized> => {
  const place = join(directory, `stack-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`)
  const list = join(place, 'made.json')
  if (existsSync(list)) return readMade(list)
  const building = mkdtempSync(`${place}-`)
  const { templatePath, assets } = await makeIn(building, context)
  const moved = (path: string): string => join(place, relative(building, path))
  const text = {
    templatePath: moved(templatePath),
    assets: [...assets].map(([id, path]) => [id, moved(path)]),
  }
  writeFileSync(join(building, 'made.json'), JSON.stringify(text))
  try {
    renameSync(building, place)
  } catch (error) {
    if (!existsSync(list)) throw error
    rmSync(building, { recursive: true })
  }
  return readMade(list)
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
