import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { functionFiles } from '../../lib/function-files.ts'
import { synthesize } from '../../lib/synthesize.ts'

const outdir = mkdtempSync(join(tmpdir(), 'groundcrew-synthesis-'))
after(() => rmSync(outdir, { recursive: true }))

suite('What would be deployed', () => {
  const { assets, templatePath, template } = synthesize({ outdir, validate: true })

  test('passes CloudFormation’s validation and cdk-nag without a finding', () => {
    const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'))
    assert.deepEqual(report.pluginReports, [])
    assert.equal(process.exitCode, undefined)
  })

  test('is one template and the code of each function', () => {
    assert.deepEqual(JSON.parse(readFileSync(templatePath, 'utf8')), template)
    assert.equal(assets.size, functionFiles.length)
  })

  for (const [id, directory] of assets) {
    test(`${id} has code that loads by itself`, async () => {
      const path = join(directory, 'index.mjs')
      assert.ok(existsSync(path))
      const { handler } = await import(path)
      assert.equal(typeof handler, 'function')
    })

    test(`${id} is smaller than 450 kB, because every byte delays a cold start`, () => {
      assert.ok(statSync(join(directory, 'index.mjs')).size < 450_000)
    })
  }
})
