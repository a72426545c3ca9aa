/**
 * The data: dynalite's LevelDB, the readers' views of it, and writes in two steps. Preparing computes a
 * write's changes without writing; committing writes them with all index entries and all parts of a
 * transaction at once, so that a killed process leaves no half.
 */
import { setTimeout } from 'node:timers/promises'
import db from 'dynalite/db/index.js'
import { type Change, changesOf, isSame } from './changes.ts'
import { act, type Data, type Result } from './dynalite-actions.ts'
import type { DynaliteStore, Operation } from './dynalite-store.ts'
import { DynamoDbError } from './errors.ts'
import { createLagging } from './lagging.ts'
import { createKeyLock } from './locks.ts'
import { createStreams, type Written } from './streams.ts'
import { type Item, type Table, tableAmong } from './tables.ts'
import { viewOf } from './views.ts'

/** Why a write is refused, and the current item. */
export type PreparedFailure = { error: DynamoDbError; before: Item | undefined }

/** The changes that a write would make. */
export type Prepared = { result: Result; changes: Change[]; error?: undefined } | PreparedFailure

export type StorageOptions = {
  /** Undefined: in memory. */
  directory: string | undefined
  tables: readonly Table[]
  /** Milliseconds until eventually consistent reads see a write. */
  lagMs: () => number
}

/** Which readers see no new writes. */
export type Frozen = 'indexes' | 'everything'

const now = (): number => performance.now()

const operationOf = ({ key, after }: Change): Operation =>
  after ? { type: 'put', key, value: after } : { type: 'del', key }

export const openStorage = ({ directory, tables, lagMs }: StorageOptions) => {
  const store = db.create({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(directory !== undefined && { path: directory }),
  })
  const table = tableAmong(tables)
  const streams = createStreams(store.db, tables)
  const lagging = createLagging<Item>(now)
  const committing = createLagging<Item>(now)
  let frozen: Frozen | undefined
  const newest = viewOf(store.db, table, { table: () => undefined, index: () => undefined })

  return {
    table,
    /** The list of tables, which dynalite manages. */
    catalogue: store,
    /** The streams of tables that have one. */
    streams,
    /** The newest state of each item, for single-item reads. */
    newest,
    /**
     * For reads of several items: the named tables are consistent except for parts of transactions, the
     * others lag behind.
     */
    view: (isConsistent: (tableName: string) => boolean): DynaliteStore =>
      viewOf(store.db, table, {
        table: (name) => (isConsistent(name) ? committing : lagging),
        index: (type, name) => (type === 'local' && isConsistent(name) ? committing : lagging),
      }),
    /** Tasks with the same item run one after another. */
    hold: createKeyLock().hold,

    /** Prepares a write. The caller holds the item. */
    prepare: async (operation: string, data: Data, of: Table, key: Item): Promise<Prepared> => {
      let before: Item | undefined
      let after: Item | undefined
      const items = newest.getItemDb(of.TableName)
      const noting: DynaliteStore = {
        ...newest,
        getItemDb: () => ({
          ...items,
          get: (name, done) =>
            items.get(name, (error, item) => {
              before = item
              done(error, item)
            }),
          put: (_, item, done) => {
            after = item
            done(null)
          },
          del: (_, done) => done(null),
        }),
        getIndexDb: (...index) => ({
          ...newest.getIndexDb(...index),
          put: (_key, _item, done) => done(null),
          del: (_key, done) => done(null),
        }),
      }
      try {
        const result = await act(operation, noting, data)
        return { result, changes: changesOf(of, key, before, after) }
      } catch (error) {
        if (error instanceof DynamoDbError) return { error, before }
        throw error
      }
    },

    /**
     * Commits prepared writes atomically, with their stream records. `partsMs` draws when reads of several
     * items see each item of a transaction.
     */
    commit: async (
      writes: readonly (readonly Change[])[],
      written: Written,
      partsMs?: () => number,
    ): Promise<void> => {
      const operations: Operation[] = []
      const changed: Change[] = []
      for (const changes of writes) {
        // All changes of a write to one index become visible at once.
        const lags = new Map<unknown, number>()
        for (const change of changes) {
          const { index, key, before, after } = change
          if (isSame(before, after)) continue
          const isFrozen = frozen === 'everything' || (frozen === 'indexes' && index !== undefined)
          const lag = isFrozen ? Number.POSITIVE_INFINITY : (lags.get(index) ?? lagMs())
          lags.set(index, lag)
          lagging.note(key, before, now() + lag)
          if (partsMs) committing.note(key, before, now() + partsMs())
          operations.push(operationOf(change))
          if (!index) changed.push(change)
        }
      }
      if (operations.length === 0) return
      const recorded = await streams.record(changed, written)
      await store.db.batch([...operations, ...recorded.operations]).finally(recorded.done)
    },

    /** Hides all later writes from readers, or without an argument shows everything again. */
    freeze: (what?: Frozen): void => {
      frozen = what
      if (!what) lagging.clear()
    },

    /** Resolves when every reader sees all writes so far, or at once if one never will. */
    settled: async (): Promise<void> => {
      const milliseconds = lagging.settledAt() - now()
      if (milliseconds > 0 && !frozen) await setTimeout(Math.ceil(milliseconds))
    },
  }
}
export type Storage = ReturnType<typeof openStorage>
