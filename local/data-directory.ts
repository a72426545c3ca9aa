import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Where a local stack keeps what it has. Paths are absent where it keeps it in memory. */
export type DataDirectory = {
  queues?: string
  database?: string
  tokenKey?: string
  /** What operators' tools need to reach this stack, while it runs. */
  operatorEnvironment?: string
  objects: string
  /** Derives every credential; the same at every start over the same data. */
  secret: string
  /** Where storage listened last: docks in mid-upload go on there. */
  storagePort: { last: number; keep: (port: number) => void }
  /** Removes what was only for this run. */
  close: () => void
}

const marker = 'groundcrew-data'

/** The data directory of another local stack that is running. */
export class DataInUseError extends Error {
  constructor(directory: string) {
    super(
      `${directory} is in use by another npm start. Stop that one, or give this one data of its own: --data DIR`,
    )
    this.name = 'DataInUseError'
  }
}

/** Holds a directory for this process alone; the operating system lets go of it however the process ends. */
const lock = (directory: string): { release: () => void } => {
  const database = new DatabaseSync(join(directory, 'lock'))
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch {
    database.close()
    throw new DataInUseError(directory)
  }
  return { release: () => database.close() }
}

/** Removes the data of earlier runs. @throws Error for a directory that holds something else or is in use. */
export const forget = (directory: string): void => {
  if (!existsSync(directory)) return
  if (!existsSync(join(directory, marker)))
    throw new Error(`${directory} holds no data of a local stack, so it is not removed`)
  lock(directory).release()
  rmSync(directory, { recursive: true })
}

const openSecret = (file: string): string => {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

const openPort = (file: string): DataDirectory['storagePort'] => ({
  last: existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0,
  keep: (port) => writeFileSync(file, String(port)),
})

/** Data that survives the process, in `directory`; without one, data for this run alone. */
export const openDataDirectory = (directory?: string): DataDirectory => {
  if (directory === undefined) {
    const temporary = mkdtempSync(join(tmpdir(), 'groundcrew-'))
    return {
      objects: temporary,
      secret: randomBytes(32).toString('hex'),
      storagePort: { last: 0, keep: () => {} },
      close: () => rmSync(temporary, { recursive: true, force: true }),
    }
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const { release } = lock(directory)
  // Says to `forget` that this is ours to remove.
  writeFileSync(join(directory, marker), '')
  return {
    queues: join(directory, 'queues.sqlite'),
    database: join(directory, 'database'),
    objects: join(directory, 'objects'),
    tokenKey: join(directory, 'token-key.json'),
    operatorEnvironment: join(directory, 'operator.env'),
    secret: openSecret(join(directory, 'secret')),
    storagePort: openPort(join(directory, 'storage-port')),
    close: release,
  }
}
