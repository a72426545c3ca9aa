import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'

/**
 * What the registry knows against what is deployed, by `npm audit`. Not every registry gives advisories, nor
 * is there one on every machine: then nothing was audited, which is neither well nor a fault of what is
 * deployed.
 * https://docs.npmjs.com/cli/commands/npm-audit
 */
export type Audit = { audited: false; because: string } | { audited: true; weaknesses: string[] }

/** `registry`: that of the machine unless one is named. `timeoutMs`: for each answer. */
type Options = { registry?: string; timeoutMs?: number }

const Report = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })),
  metadata: z.object({ dependencies: z.object({ prod: z.number().positive() }) }),
})
/** What npm writes instead where it got no report. */
const Refusal = z.object({ message: z.string(), statusCode: z.number().optional() })

/**
 * Below this a weakness is usually one that nothing here reaches; `npm audit --omit=dev` shows all of them.
 */
const grave = ['high', 'critical']

export const audit = async (root: string, options: Options = {}): Promise<Audit> => {
  const report = await reportOn(root, options)
  if (typeof report === 'string') return { audited: false, because: report }
  const found = Object.entries(report.vulnerabilities).filter(([, { severity }]) => grave.includes(severity))
  const weaknesses = found.map(([name, { severity }]) => `${name}: ${severity}`)
  // Some registries say of everything that it is well.
  if (weaknesses.length > 0 || (await knowsOfWeaknesses(options))) return { audited: true, weaknesses }
  return { audited: false, because: 'the registry knows of no weakness of anything' }
}

/**
 * Weak for years (https://github.com/advisories/GHSA-xvch-5gv4-984h), so that a registry which has advisories
 * has this one.
 */
const known = { name: 'minimist', version: '0.0.8' }

const knowsOfWeaknesses = async (options: Options): Promise<boolean> => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-audit-'))
  try {
    const dependencies = { [known.name]: known.version }
    const packages = { '': { dependencies }, [`node_modules/${known.name}`]: { version: known.version } }
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ dependencies }))
    writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }))
    const report = await reportOn(directory, options)
    return typeof report !== 'string' && known.name in report.vulnerabilities
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** npm's report, or why there is none. Its own words stay out: they name the registry. */
const reportOn = async (
  cwd: string,
  { registry, timeoutMs = 10_000 }: Options,
): Promise<z.infer<typeof Report> | string> => {
  const options = [
    '--omit=dev',
    '--package-lock-only',
    '--json',
    '--fetch-retries=0',
    `--fetch-timeout=${timeoutMs}`,
  ]
  const text = await npm(['audit', ...options, ...(registry ? [`--registry=${registry}`] : [])], cwd)
  const answer = parsed(text)
  const report = Report.safeParse(answer)
  if (report.success) return report.data
  const refusal = Refusal.safeParse(answer).data
  if (!refusal) return 'npm gives no report'
  if (refusal.statusCode) return `the registry answers ${refusal.statusCode}`
  return /timeout/.test(refusal.message) ? 'the registry does not answer' : 'the registry gives no advisories'
}

/** What it wrote; empty where it is not there. It ends with 1 where it found something. */
const npm = (args: readonly string[], cwd: string): Promise<string> =>
  new Promise((resolve) => {
    execFile('npm', [...args], { cwd, timeout: 60_000 }, (_, stdout) => resolve(stdout))
  })

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
