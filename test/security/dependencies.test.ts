import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'

/** What is left of npm's report where the registry answered. https://docs.npmjs.com/cli/commands/npm-audit */
const Report = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })),
  metadata: z.object({ dependencies: z.object({ prod: z.number() }) }),
})

/** Below this a weakness is usually one that nothing here reaches; `npm audit --omit=dev` shows all of them. */
const grave = ['high', 'critical']

/** npm's report as it came; empty where npm is not there or got no answer in time. npm ends with 1 where it found something. */
const audit = (): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      'npm',
      ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=10000'],
      { cwd: join(import.meta.dirname, '../..'), timeout: 30_000 },
      (_, stdout) => resolve(stdout),
    )
  })

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

test('has no known weakness in what is deployed', async (t) => {
  const report = Report.safeParse(parsed(await audit())).data
  if (!report) return t.skip('the registry of this machine gives no advisories: not audited')
  assert.ok(report.metadata.dependencies.prod > 0)
  const found = Object.entries(report.vulnerabilities).filter(([, { severity }]) => grave.includes(severity))
  assert.deepEqual(
    found.map(([name, { severity }]) => `${name}: ${severity}`),
    [],
  )
})
