import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { DataInUseError, forget, openDataDirectory, UnusableDataError } from '../../local/data-directory.ts'
import { start } from '../../local/start.ts'
import { writeStateFile } from '../../local/state-file.ts'

const temporary = (t: TestContext): string => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-test-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Where the local storage keeps what it knows of the objects of some bucket. */
const recordsIn = (directory: string): string => {
  const [bucket = ''] = readdirSync(join(directory, 'objects'))
  return join('objects', bucket, 'objects')
}

/** The message of a refused start is for a person: the file, what is wrong, what to do; never the content. */
const names = (file: string, content: string) => (error: unknown) => {
  assert(error instanceof Error)
  assert(error.message.startsWith(`${file} is damaged: `), error.message)
  assert.match(error.message, /--fresh/)
  assert(content.length < 8 || !error.message.includes(content))
  return true
}

test('one stack at a time has a data directory, and nothing deletes it meanwhile', (t) => {
  const directory = temporary(t)
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

test('a directory that holds something else is neither used nor forgotten, and keeps what it holds', (t) => {
  const directory = temporary(t)
  const file = join(directory, 'thesis.txt')
  writeFileSync(file, 'mine')
  chmodSync(file, 0o644)
  for (const use of [openDataDirectory, forget])
    assert.throws(
      () => use(directory),
      (error) => error instanceof UnusableDataError && /--data DIR/.test(error.message),
    )
  assert.deepEqual([readdirSync(directory), statSync(file).mode & 0o777], [['thesis.txt'], 0o644])
})

test('a secret that is no whole one is never used, whatever is left of it', (t) => {
  const directory = temporary(t)
  const file = join(directory, 'secret')
  const first = openDataDirectory(directory)
  first.close()
  const part = fc.nat(63).map((length) => first.secret.slice(0, length))
  const changed = fc.constantFrom(`${first.secret}\n`, `${first.secret}0`, first.secret.replace(/./, 'x'))
  fc.assert(
    fc.property(fc.oneof(part, changed, fc.string()), (content) => {
      writeFileSync(file, content)
      assert.throws(() => openDataDirectory(directory), names(file, content))
    }),
  )
  // Nothing is held by a start that was refused, and nothing was written over.
  writeFileSync(file, first.secret)
  const second = openDataDirectory(directory)
  assert.equal(second.secret, first.secret)
  second.close()
})

test('a file that is damaged stops the start with its name', async (t) => {
  const directory = temporary(t)
  const stack = await start({ dataDirectory: directory })
  await stack.stop()
  const garbage = 'garbage {"kty":"RSA","d":"secret"'
  const damaged: [file: string, content: string, named?: string][] = [
    ['secret', ''],
    ['storage-port', ''],
    ['storage-port', '70000'],
    ['token-key.json', ''],
    ['token-key.json', garbage],
    // An empty one is a new database.
    ['queues.sqlite', garbage],
    ['lock', garbage],
    ['database/level/CURRENT', garbage, 'database'],
    [join(recordsIn(directory), 'object.json'), '{}'],
  ]
  for (const [name, content, named = name] of damaged) {
    const file = join(directory, name)
    const whole = existsSync(file) && readFileSync(file)
    writeFileSync(file, content)
    await assert.rejects(start({ dataDirectory: directory }), names(join(directory, named), content), name)
    whole ? writeFileSync(file, whole) : rmSync(file)
  }
  await (await start({ dataDirectory: directory })).stop()
  writeFileSync(join(directory, 'lock'), garbage)
  forget(directory)
})

test('a state file is replaced whole or not at all, and only its owner reads it', (t) => {
  const directory = temporary(t)
  const file = join(directory, 'state')
  writeStateFile(file, 'old')
  chmodSync(file, 0o644)
  writeStateFile(file, 'new')
  assert.deepEqual([readFileSync(file, 'utf8'), readdirSync(directory)], ['new', ['state']])
  // The disk gives up while the new text is written: here, since something stands in its place.
  mkdirSync(`${file}.new`)
  writeFileSync(join(`${file}.new`, 'full'), '')
  assert.throws(() => writeStateFile(file, 'newer'))
  assert.equal(readFileSync(file, 'utf8'), 'new')
})

test('other users cannot read the files of a data directory, even if they can list it', async (t) => {
  const directory = temporary(t)
  const openToOthers = () =>
    readdirSync(directory).filter((name) => name !== 'notes' && statSync(join(directory, name)).mode & 0o077)
  chmodSync(directory, 0o755)
  const openWhileItRuns = async () => {
    const stack = await start({ dataDirectory: directory })
    const open = openToOthers()
    await stack.stop()
    return open
  }
  assert.deepEqual(await openWhileItRuns(), [])
  writeFileSync(join(directory, 'notes'), '', { mode: 0o644 })
  for (const name of readdirSync(directory))
    chmodSync(join(directory, name), name === 'notes' ? 0o644 : 0o755)
  assert.deepEqual(await openWhileItRuns(), [])
  assert.equal(statSync(join(directory, 'notes')).mode & 0o777, 0o644)
})
