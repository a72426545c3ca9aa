import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyLock } from '../../../local/dynamodb/locks.ts'

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

test('tasks with a key in common run one after another, others beside them', async () => {
  const keys = createKeyLock()
  const { notes, task } = createNotes()
  await Promise.all([
    keys.hold(['j', 'k'], task('a')),
    keys.hold(['k', 'l'], task('b')),
    keys.hold(['l', 'j'], task('c')),
    keys.hold(['m'], task('d')),
  ])
  const inTurn = ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']
  assert.deepEqual(
    notes.filter((note) => !note.startsWith('d')),
    inTurn,
  )
  assert.ok(notes.indexOf('d starts') < notes.indexOf('a ends'))
})

test('a task that fails gives its keys back', async () => {
  const keys = createKeyLock()
  const failing = keys.hold(['k'], () => Promise.reject(new Error('failed')))
  const next = keys.hold(['k'], async () => 'done')
  await assert.rejects(failing, /failed/)
  assert.equal(await next, 'done')
})
