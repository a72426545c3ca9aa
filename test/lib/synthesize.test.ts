import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { functionFiles } from '../../lib/functions/function-files.ts'
import { synthesized } from '../../local/synthesized.ts'
import { everything } from './backend.ts'

/** Every byte delays a cold start. Nobody waits for those of collections, which do all that there is about logs. */
const mostKilobytes = (id: string): number =>
  /collectionsFunction/.test(id) && !id.startsWith('Api') ? 500 : 450

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

    test(`${id} is smaller than ${mostKilobytes(id)} kB`, () => {
      assert.ok(statSync(join(directory, 'index.mjs')).size < mostKilobytes(id) * 1000)
    })
  }
})
