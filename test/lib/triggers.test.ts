import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { functionFiles } from '../../lib/function-files.ts'

const lambdas = join(import.meta.dirname, '..', '..', 'lambdas')

test('Every trigger has a file, and every file in api/, ingest/ and clock/ a trigger', () => {
  const files = ['api', 'ingest', 'clock'].flatMap((folder) =>
    readdirSync(join(lambdas, folder))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replace(/\.ts$/, '')}`),
  )
  assert.deepEqual(files.sort(), [...functionFiles].sort())
})
