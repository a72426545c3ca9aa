import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { openSqlite } from '../state-file.ts'

/**
 * One stored copy of a message. Two copies may share `messageId`: a standard queue delivers at least once.
 */
export type StoredMessage = z.infer<typeof StoredMessage>
const StoredMessage = z.object({
  copy: z.number(),
  messageId: z.string(),
  body: z.string(),
  sentAt: z.number(),
  visibleAt: z.number(),
  receiveCount: z.number(),
  firstReceivedAt: z.number().nullable(),
})
const Rows = z.array(StoredMessage)
const Count = z.object({ count: z.number(), next: z.number().nullable() })

/**
 * Every queue's messages in one SQLite file, so that accepted messages survive a killed process; without a
 * path in memory. Write-ahead logging without a sync per write: safe against the end of the process, not of
 * the machine.
 */
export const openMessageStore = (path = ':memory:') => {
  const db = new DatabaseSync(path)
  openSqlite(path, () =>
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS message (
      copy INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, messageId TEXT NOT NULL, body TEXT NOT NULL,
      sentAt INTEGER NOT NULL, visibleAt INTEGER NOT NULL, receiveCount INTEGER NOT NULL DEFAULT 0, firstReceivedAt INTEGER);
    CREATE INDEX IF NOT EXISTS byVisibility ON message (queue, visibleAt);`),
  )
  const insert = db.prepare(
    'INSERT INTO message (queue, messageId, body, sentAt, visibleAt) VALUES (?, ?, ?, ?, ?)',
  )
  const visible = db.prepare('SELECT * FROM message WHERE queue = ? AND visibleAt <= ? ORDER BY copy LIMIT ?')
  const all = db.prepare('SELECT * FROM message WHERE queue = ? ORDER BY copy')
  const hide = db.prepare(
    'UPDATE message SET visibleAt = ?, receiveCount = receiveCount + 1, firstReceivedAt = coalesce(firstReceivedAt, ?) WHERE copy = ?',
  )
  const show = db.prepare('UPDATE message SET visibleAt = ? WHERE copy = ? AND receiveCount = ?')
  const move = db.prepare(
    'UPDATE message SET queue = ?, visibleAt = ?, receiveCount = 0, firstReceivedAt = NULL WHERE copy = ?',
  )
  const remove = db.prepare('DELETE FROM message WHERE copy = ? AND receiveCount = ?')
  const expire = db.prepare('DELETE FROM message WHERE queue = ? AND sentAt <= ?')
  const count = db.prepare(
    'SELECT count(*) AS count, NULL AS next FROM message WHERE queue = ? AND visibleAt <= ?',
  )
  const some = db.prepare('SELECT 1 FROM message WHERE queue = ? AND visibleAt <= ? LIMIT 1')
  const next = db.prepare(
    'SELECT 0 AS count, min(visibleAt) AS next FROM message WHERE queue = ? AND visibleAt > ?',
  )
  return {
    insert: (
      queue: string,
      m: { messageId: string; body: string; sentAt: number; visibleAt: number },
    ): void => {
      insert.run(queue, m.messageId, m.body, m.sentAt, m.visibleAt)
    },
    visible: (queue: string, now: number, limit: number) => Rows.parse(visible.all(queue, now, limit)),
    all: (queue: string) => Rows.parse(all.all(queue)),
    hide: (copy: number, until: number, now: number): void => void hide.run(until, now, copy),
    /** Only if nobody has received it again: `receiveCount` is the receipt. */
    show: (copy: number, receiveCount: number, at: number): void => void show.run(at, copy, receiveCount),
    move: (copy: number, queue: string, at: number): void => void move.run(queue, at, copy),
    remove: (copy: number, receiveCount: number): void => void remove.run(copy, receiveCount),
    expire: (queue: string, sentUntil: number): void => void expire.run(queue, sentUntil),
    countVisible: (queue: string, now: number): number => Count.parse(count.get(queue, now)).count,
    /** Called at every send, so its time must not grow with the number of messages. */
    hasVisible: (queue: string, now: number): boolean => some.get(queue, now) !== undefined,
    /** When the next hidden message of the queue becomes visible. */
    nextVisibleAt: (queue: string, now: number): number | null => Count.parse(next.get(queue, now)).next,
    /** Stops the file from growing, as a full disk would; the returned function ends this. */
    fill: (): (() => void) => {
      // The pragma never goes below the pages in use, so the lowest limit stops all growth.
      db.exec('VACUUM; PRAGMA max_page_count = 1')
      return () => db.exec('PRAGMA max_page_count = 4294967294')
    },
    close: (): void => db.close(),
  }
}
export type MessageStore = ReturnType<typeof openMessageStore>
