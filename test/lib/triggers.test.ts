import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { functionFiles } from '../../lib/functions/function-files.ts'

const functions = join(import.meta.dirname, '..', '..', 'lambdas', 'functions')

test('Every trigger has a file, and every file of a function a trigger', () => {
  const files = ['api', 'ingest', 'docks', 'clock', 'stream', 'events'].flatMap((folder) =>
    readdirSync(join(functions, folder))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replace(/\.ts$/, '')}`),
  )
  assert.deepEqual(files.sort(), [...functionFiles].sort())
})
