import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DataInUseError, forget, openDataDirectory } from '../../local/data-directory.ts'

test('one stack at a time has a data directory, and nobody forgets it meanwhile', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-test-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const first = openDataDirectory(directory)
  assert.throws(() => openDataDirectory(directory), DataInUseError)
  assert.throws(() => forget(directory), DataInUseError)
  first.storagePort.keep(40_123)
  first.close()
  const second = openDataDirectory(directory)
  assert.deepEqual([second.secret, second.storagePort.last], [first.secret, 40_123])
  second.close()
  forget(directory)
  const third = openDataDirectory(directory)
  assert.notEqual(third.secret, first.secret)
  third.close()
})
