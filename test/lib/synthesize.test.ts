import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { functionFiles } from '../../lib/function-files.ts'
import { synthesized } from '../../local/synthesized.ts'
import { everything } from './backend.ts'

suite('What would be deployed', async () => {
  const { assets, templatePath, template } = await synthesized(everything)

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
