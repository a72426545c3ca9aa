import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { openSqlite } from '../state-file.ts'

/** An asynchronous invocation that was accepted and has not finished; times are epoch milliseconds. */
export type StoredInvocation = z.infer<typeof StoredInvocation>
const StoredInvocation = z.object({
  id: z.number(),
  requestId: z.string(),
  event: z.string(),
  acceptedAt: z.number(),
  dueAt: z.number(),
  /** How often the function has failed on it. */
  failures: z.number(),
})
const Rows = z.array(StoredInvocation)

/**
 * Stands in for Lambda's internal queues of asynchronous events. With a path, accepted events survive a
 * killed process; without one they are in memory. Like the messages, they are safe against the end of the
 * process, not of the machine.
 */
export const openInvocationStore = (path = ':memory:') => {
  const db = new DatabaseSync(path)
  openSqlite(path, () =>
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS invocation (
      id INTEGER PRIMARY KEY AUTOINCREMENT, functionName TEXT NOT NULL, requestId TEXT NOT NULL, event TEXT NOT NULL,
      acceptedAt INTEGER NOT NULL, dueAt INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0);`),
  )
  const insert = db.prepare(
    'INSERT INTO invocation (functionName, requestId, event, acceptedAt, dueAt) VALUES (?, ?, ?, ?, ?)',
  )
  const all = db.prepare('SELECT * FROM invocation WHERE functionName = ? ORDER BY dueAt, id')
  const putOff = db.prepare('UPDATE invocation SET dueAt = ?, failures = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM invocation WHERE id = ?')
  return {
    insert: (name: string, one: Omit<StoredInvocation, 'id' | 'failures'>): StoredInvocation => {
      const { requestId, event, acceptedAt, dueAt } = one
      const { lastInsertRowid } = insert.run(name, requestId, event, acceptedAt, dueAt)
      return { id: Number(lastInsertRowid), ...one, failures: 0 }
    },
    all: (name: string) => Rows.parse(all.all(name)),
    putOff: ({ id, dueAt, failures }: StoredInvocation): void => void putOff.run(dueAt, failures, id),
    remove: (id: number): void => void remove.run(id),
    close: (): void => db.close(),
  }
}
export type InvocationStore = ReturnType<typeof openInvocationStore>
