/**
 * The small files in which a local stack keeps what must be the same at the next start. Each is written under
 * a temporary name and renamed, so that a crash of process, machine or disk leaves the old file or the new
 * one. An unreadable file stops the start, with its name: without it this would be a different stack.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** A file of the data directory is damaged. The message names it and says what to do. */
export class DamagedStateError extends Error {
  constructor(file: string, why: string) {
    super(
      `${file} is damaged: ${why}. Put back a copy if there is one. ` +
        'Else begin anew with npm start -- --fresh, or elsewhere with --data DIR.',
    )
    this.name = 'DamagedStateError'
  }
}

/** Replaces the file, or leaves it as it was. Only this user reads it. */
export const writeStateFile = (file: string, text: string): void => {
  const beside = `${file}.new`
  // The mode applies to a new file only.
  rmSync(beside, { force: true })
  writeFileSync(beside, text, { mode: 0o600, flush: true })
  renameSync(beside, file)
}

/** Parses the file with `read`; undefined if there is no file. @throws DamagedStateError if `read` throws. */
export const readStateFile = <Value>(file: string, read: (text: string) => Value): Value | undefined => {
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  try {
    return read(text)
  } catch {
    // Without the parser's own message, which may quote a secret.
    throw new DamagedStateError(
      file,
      text === '' ? 'it is empty' : 'it does not hold what a stack writes there',
    )
  }
}

/** Whether SQLite failed, for instance on a full disk: the write is not stored. */
export const isStorageFault = (error: unknown): boolean => error instanceof Error && 'errcode' in error

const sqlite = { busy: 5, corrupt: 11, notADatabase: 26 }

/**
 * Opens a database file. @throws DamagedStateError if it is not a database, or the error from `busy` if
 * another process has it open.
 */
export const openSqlite = <Value>(
  file: string,
  open: () => Value,
  busy = (error: unknown) => error,
): Value => {
  try {
    return open()
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
    if (code === sqlite.busy) throw busy(error)
    if (code === sqlite.corrupt || code === sqlite.notADatabase)
      throw new DamagedStateError(file, 'it is no whole SQLite database')
    throw error
  }
}
