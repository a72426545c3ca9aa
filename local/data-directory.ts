import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a local stack keeps what it has. Paths are absent where it keeps it in memory. */
export type DataDirectory = {
  queues?: string
  database?: string
  tokenKey?: string
  objects: string
  /** Derives every credential; the same at every start over the same data. */
  secret: string
  /** Removes what was only for this run. */
  close: () => void
}

const marker = 'groundcrew-data'

/** Removes the data of earlier runs. @throws Error for a directory that holds something else. */
export const forget = (directory: string): void => {
  if (!existsSync(directory)) return
  if (!existsSync(join(directory, marker)))
    throw new Error(`${directory} holds no data of a local stack, so it is not removed`)
  rmSync(directory, { recursive: true })
}

const openSecret = (file: string): string => {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

/** Data that survives the process, in `directory`; without one, data for this run alone. */
export const openDataDirectory = (directory?: string): DataDirectory => {
  if (directory === undefined) {
    const temporary = mkdtempSync(join(tmpdir(), 'groundcrew-'))
    return {
      objects: temporary,
      secret: randomBytes(32).toString('hex'),
      close: () => rmSync(temporary, { recursive: true, force: true }),
    }
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  // Says to `forget` that this is ours to remove.
  writeFileSync(join(directory, marker), '')
  return {
    queues: join(directory, 'queues.sqlite'),
    database: join(directory, 'database'),
    objects: join(directory, 'objects'),
    tokenKey: join(directory, 'token-key.json'),
    secret: openSecret(join(directory, 'secret')),
    close: () => {},
  }
}
