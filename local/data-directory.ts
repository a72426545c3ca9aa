import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { DamagedStateError, openSqlite, readStateFile, writeStateFile } from './state-file.ts'

export type KeptPort = { last: number; keep: (port: number) => void }

/** Where a local stack keeps its data. Absent paths mean that it keeps it in memory. */
export type DataDirectory = {
  queues?: string
  invocations?: string
  database?: string
  tokenKey?: string
  /** The environment that operators' tools need to reach this stack, while it runs. */
  operatorEnvironment?: string
  objects: string
  /** The secret from which every credential is derived; the same at every start over the same data. */
  secret: string
  /** The port on which storage listened last: docks that are uploading continue there. */
  storagePort: KeptPort
  /** The same for downloads with a token. */
  downloadsPort: KeptPort
  /** Removes the data that was only for this run. */
  close: () => void
}

const marker = 'groundcrew-data'

/** The data directory belongs to another local stack that is running. */
export class DataInUseError extends Error {
  constructor(directory: string) {
    super(
      `${directory} is in use by another npm start. Stop that one, or give this one data of its own: --data DIR`,
    )
    this.name = 'DataInUseError'
  }
}

/** The directory cannot hold our data, or holds other files. The message says what to do. */
export class UnusableDataError extends Error {
  override readonly name = 'UnusableDataError'
  constructor(why: string) {
    super(`${why}. Name a directory for this alone, which you may write to: --data DIR`)
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Messages for the system's error codes. */
const refusals: Record<string, string> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the disk takes no writes',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota of the disk is used up',
  EEXIST: 'it is no directory',
  ENOTDIR: 'it is no directory, or below something that is none',
  ENOENT: 'it does not exist and cannot be made',
  EISDIR: 'it is a directory, where a file of ours should be',
}

/** Runs `use`. @throws UnusableDataError if the system refuses access to the directory. */
const inDirectory = <Value>(directory: string, use: () => Value): Value => {
  try {
    return use()
  } catch (error) {
    const refusal = refusals[codeOf(error)]
    throw refusal ? new UnusableDataError(`${directory} cannot hold the data: ${refusal}`) : error
  }
}

/**
 * Creates one level after the other: if the system reports a missing parent although it exists, as in
 * `/proc`, Node's own `recursive` never ends.
 */
const makeDirectory = (directory: string): void => {
  if (existsSync(directory) && statSync(directory).isDirectory()) return
  if (!existsSync(dirname(directory))) makeDirectory(dirname(directory))
  mkdirSync(directory, { mode: 0o700 })
}

/** Locks a directory for this process; the operating system releases the lock however the process ends. */
const lock = (directory: string): { release: () => void } => {
  const file = join(directory, 'lock')
  const database = new DatabaseSync(file)
  const hold = () => database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  try {
    openSqlite(file, hold, () => new DataInUseError(directory))
  } catch (error) {
    database.close()
    throw error
  }
  return { release: () => database.close() }
}

/** Removes the data of earlier runs. @throws Error if the directory holds other files or is in use. */
export const forget = (directory: string): void => {
  if (!existsSync(directory)) return
  if (!existsSync(join(directory, marker)))
    throw new UnusableDataError(`${directory} holds no data of a local stack, so it is not removed`)
  try {
    lock(directory).release()
  } catch (error) {
    // A damaged lock file locks nothing.
    if (!(error instanceof DamagedStateError)) throw error
  }
  inDirectory(directory, () => rmSync(directory, { recursive: true }))
}

const folders = ['database', 'objects']
const databases = ['lock', 'queues.sqlite', 'invocations.sqlite']
const stateFiles = [
  'secret',
  'storage-port',
  'downloads-port',
  'token-key.json',
  'operator.env',
  'colleague.token',
  marker,
]

const isOurs = (name: string): boolean =>
  folders.includes(name) ||
  [...databases, ...stateFiles].some((one) => name === one || name.startsWith(`${one}-`))

/** `--fresh` removes the whole directory, so it must never hold anything else. */
const refuseForeign = (directory: string): void => {
  const names = readdirSync(directory)
  const foreign = names.find((name) => !isOurs(name) && !name.endsWith('.new'))
  if (foreign !== undefined && !names.includes(marker))
    throw new UnusableDataError(
      `${directory} holds other things, such as ${foreign}, and no data of a local stack`,
    )
}

/**
 * Keeps the data private, even in a directory that other users can read. SQLite gives the files that it
 * creates beside a database the permissions of that database: https://www.sqlite.org/tempfiles.html
 */
const keepPrivate = (directory: string): void => {
  for (const name of folders) mkdirSync(join(directory, name), { recursive: true, mode: 0o700 })
  for (const name of databases) closeSync(openSync(join(directory, name), 'a', 0o600))
  // Earlier runs left the permissions to the umask.
  for (const name of folders) chmodSync(join(directory, name), 0o700)
  const files = readdirSync(directory).filter((name) => isOurs(name) && !folders.includes(name))
  for (const name of files) chmodSync(join(directory, name), 0o600)
}

const newSecret = (): string => randomBytes(32).toString('hex')
const Secret = z.string().regex(/^[0-9a-f]{64}$/)
const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port <= 65_535)

const openSecret = (file: string): string => {
  const kept = readStateFile(file, Secret.parse)
  if (kept !== undefined) return kept
  const secret = newSecret()
  writeStateFile(file, secret)
  return secret
}

const openPort = (file: string): KeptPort => ({
  last: readStateFile(file, Port.parse) ?? 0,
  keep: (port) => writeStateFile(file, String(port)),
})

/** Opens the data that survives the process. @throws DamagedStateError, with nothing left open. */
const openFiles = (directory: string, release: () => void): DataDirectory => {
  try {
    return {
      queues: join(directory, 'queues.sqlite'),
      invocations: join(directory, 'invocations.sqlite'),
      database: join(directory, 'database'),
      objects: join(directory, 'objects'),
      tokenKey: join(directory, 'token-key.json'),
      operatorEnvironment: join(directory, 'operator.env'),
      secret: openSecret(join(directory, 'secret')),
      storagePort: openPort(join(directory, 'storage-port')),
      downloadsPort: openPort(join(directory, 'downloads-port')),
      close: release,
    }
  } catch (error) {
    release()
    throw error
  }
}

/**
 * Data that survives the process, in `directory`; without a directory, data for this run alone.
 * @throws DamagedStateError that names the file, DataInUseError, UnusableDataError.
 */
export const openDataDirectory = (directory?: string): DataDirectory => {
  if (directory === undefined) {
    const temporary = mkdtempSync(join(tmpdir(), 'groundcrew-'))
    return {
      objects: temporary,
      secret: newSecret(),
      storagePort: { last: 0, keep: () => {} },
      downloadsPort: { last: 0, keep: () => {} },
      close: () => rmSync(temporary, { recursive: true, force: true }),
    }
  }
  inDirectory(directory, () => {
    makeDirectory(directory)
    refuseForeign(directory)
    keepPrivate(directory)
  })
  const { release } = lock(directory)
  // Marks the directory as ours, so that `forget` may remove it.
  try {
    inDirectory(directory, () => writeStateFile(join(directory, marker), ''))
  } catch (error) {
    release()
    throw error
  }
  return openFiles(directory, release)
}
