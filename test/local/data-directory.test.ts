import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { forget, openDataDirectory } from '../../local/data-directory.ts'

test('credentials derive from the same secret at every start, which is for its owner only', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const first = openDataDirectory(directory)
  first.close()
  assert.equal(openDataDirectory(directory).secret, first.secret)
  assert.equal(statSync(join(directory, 'secret')).mode & 0o777, 0o600)
  forget(directory)
  assert.notEqual(openDataDirectory(directory).secret, first.secret)
})

test('data for one run alone is gone after it', () => {
  const data = openDataDirectory()
  assert(existsSync(data.objects))
  data.close()
  assert.equal(existsSync(data.objects), false)
})

test('a directory of somebody else is never removed; one that is not there needs no removing', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  assert.throws(() => forget(directory), /holds no data of a local stack/)
  forget(join(directory, 'nothing'))
  assert(existsSync(directory))
})
