/** dynalite's data store, as its own modules see it. */
import type { Readable } from 'node:stream'
import type { Item, Table } from './tables.ts'

export type Done<Value> = (error: unknown, value?: Value) => void

/** A range of keys; a missing bound means the first or last key. */
export type Range = {
  gt?: string
  gte?: string
  lt?: string
  lte?: string
  reverse?: boolean
  /** -1: no limit. */
  limit?: number
}

/** One table, or one index of it. */
export type SubDb = {
  get(key: string, done: Done<Item>): void
  put(key: string, item: Item, done: Done<void>): void
  del(key: string, done: Done<void>): void
  lock(key: string, task: (release: <Callback>(done: Callback) => Callback) => void): void
  createValueStream(range: Range): Readable
}

export type IndexType = 'local' | 'global' | 'Local' | 'Global'

/** The store that dynalite's actions get. */
export type DynaliteStore = {
  options: { maxItemSize: number }
  getTable(name: string, checkStatusOrDone: boolean | Done<unknown>, done?: Done<unknown>): void
  getItemDb(tableName: string): SubDb
  getIndexDb(type: IndexType, tableName: string, indexName: string): SubDb
}

export type Operation = { type: 'put'; key: string; value: object } | { type: 'del'; key: string }

/** The LevelDB that holds all data. https://github.com/Level/abstract-level */
export type Level = {
  get(key: string): Promise<Item | undefined>
  /** Atomic, even if the process is killed. */
  batch(operations: Operation[]): Promise<void>
  iterator(range: Range): AsyncIterable<[string, Item]>
}

export type DynaliteDb = {
  create(options: {
    path?: string
    createTableMs: number
    deleteTableMs: number
    updateTableMs: number
  }): DynaliteStore & { db: Level }
  createKey(item: Item, table: Table): string
  createIndexKey(item: Item, table: Table, keySchema: Table['KeySchema']): string
}
