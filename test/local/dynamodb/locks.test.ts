import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyLock, createSharedLock } from '../../../local/dynamodb/locks.ts'

const turn = () => new Promise(setImmediate)

/** Notes when each task starts and ends. */
const createNotes = () => {
  const notes: string[] = []
  const task = (name: string) => async () => {
    notes.push(`${name} starts`)
    await turn()
    notes.push(`${name} ends`)
  }
  return { notes, task }
}

test('an exclusive task waits for those before it and holds up those after it', async () => {
  const lock = createSharedLock()
  const { notes, task } = createNotes()
  await Promise.all([
    lock.shared(task('a')),
    lock.shared(task('b')),
    lock.exclusive(task('alone')),
    lock.shared(task('c')),
  ])
  assert.deepEqual(notes, [
    'a starts',
    'b starts',
    'a ends',
    'b ends',
    'alone starts',
    'alone ends',
    'c starts',
    'c ends',
  ])
})

test('a task that fails passes the lock on', async () => {
  const lock = createSharedLock()
  const fail = () => Promise.reject(new Error('failed'))
  await assert.rejects(lock.exclusive(fail), /failed/)
  await assert.rejects(lock.shared(fail), /failed/)
  assert.equal(await lock.exclusive(async () => 'done'), 'done')
})

test('tasks of one key run one after another, those of others beside them', async () => {
  const lock = createKeyLock()
  const { notes, task } = createNotes()
  await Promise.all([lock('k', task('a')), lock('k', task('b')), lock('other', task('c'))])
  assert.ok(notes.indexOf('b starts') > notes.indexOf('a ends'))
  assert.ok(notes.indexOf('c starts') < notes.indexOf('a ends'))
  await assert.rejects(
    lock('k', () => Promise.reject(new Error('failed'))),
    /failed/,
  )
  assert.equal(await lock('k', async () => 'done'), 'done')
})
