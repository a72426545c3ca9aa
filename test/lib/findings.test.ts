import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { checkedSets, writeStacks } from './stacks.ts'

/** The checks take seconds to load, so that all of them are in one file. */
suite('CloudFormation’s schemas and cdk-nag find nothing in the stacks', () => {
  for (const [name, context] of Object.entries(checkedSets))
    test(`with ${name}`, () => {
      const outdir = mkdtempSync(join(tmpdir(), 'groundcrew-findings-'))
      try {
        writeStacks(context, outdir, { validate: true })
        const report = JSON.parse(readFileSync(join(outdir, 'assembly', 'validation-report.json'), 'utf8'))
        assert.deepEqual(report.pluginReports, [])
        assert.equal(process.exitCode, undefined)
      } finally {
        rmSync(outdir, { recursive: true })
      }
    })
})
