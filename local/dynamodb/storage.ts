/**
 * The data: dynalite's LevelDB, what its readers see of it, and writes in two steps. Preparing one finds out,
 * without writing, what it would do; committing does it, with all its index entries and all parts of a
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

/** Why a write is refused, and the item as it is. */
export type PreparedFailure = { error: DynamoDbError; before: Item | undefined }

/** What a write would do. */
export type Prepared = { result: Result; changes: Change[]; error?: undefined } | PreparedFailure

export type StorageOptions = {
  /** In memory without one. */
  directory: string | undefined
  tables: readonly Table[]
  /** Milliseconds after which readers see a write that do not ask for the newest. */
  lagMs: () => number
}

/** What has stopped hearing of writes. */
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
    /** What tables there are, which is dynalite's own matter. */
    catalogue: store,
    /** What was written to tables that have a stream. */
    streams,
    /** The newest state of each item, for reads of single items. */
    newest,
    /**
     * For reads of several items: of the tables named, parts of a transaction may still be missing; the
     * others lag behind.
     */
    view: (isConsistent: (tableName: string) => boolean): DynaliteStore =>
      viewOf(store.db, table, {
        table: (name) => (isConsistent(name) ? committing : lagging),
        index: (type, name) => (type === 'local' && isConsistent(name) ? committing : lagging),
      }),
    /** Tasks for the same item run one after another. */
    hold: createKeyLock().hold,

    /** The caller holds the item. */
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
     * Does what was prepared, all of it at once, with its records in the streams. `partsMs` draws when each item of a transaction is seen by
     * who reads several.
     */
    commit: async (
      writes: readonly (readonly Change[])[],
      written: Written,
      partsMs?: () => number,
    ): Promise<void> => {
      const operations: Operation[] = []
      const changed: Change[] = []
      for (const changes of writes) {
        // All that a write does to an index is seen there at once.
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

    /** Lets readers see nothing of what is written from now on, or without an argument everything. */
    freeze: (what?: Frozen): void => {
      frozen = what
      if (!what) lagging.clear()
    },

    /** Resolves when every reader sees what was written so far, or at once if none ever will. */
    settled: async (): Promise<void> => {
      const milliseconds = lagging.settledAt() - now()
      if (milliseconds > 0 && !frozen) await setTimeout(Math.ceil(milliseconds))
    },
  }
}
export type Storage = ReturnType<typeof openStorage>
