/**
 * Which items are in a transaction or being written now. Nobody waits for a transaction: who wants to write
 * one of its items is refused.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
import { DynamoDbError } from './errors.ts'
import type { Item } from './tables.ts'

const conflictMessage = 'Transaction is ongoing for the item'

/** Why a transaction was cancelled, an entry for each of its parts. */
export type Reason = { Code: string; Message?: string; Item?: Item }

export const transactionCanceled = (reasons: readonly Reason[]): DynamoDbError => {
  const codes = reasons.map(({ Code }) => Code).join(', ')
  return new DynamoDbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { fields: { CancellationReasons: reasons } },
  )
}

/** What cancels a transaction, by whether each of its items is in the way. */
export const conflictCanceled = (inTheWay: readonly boolean[]): DynamoDbError =>
  transactionCanceled(
    inTheWay.map((isInTheWay) =>
      isInTheWay ? { Code: 'TransactionConflict', Message: conflictMessage } : { Code: 'None' },
    ),
  )

export const writeRefused = (): DynamoDbError =>
  new DynamoDbError('TransactionConflictException', conflictMessage)

export type Conflicts = {
  /** Whether an item is in a transaction that writes. */
  isHeld(key: string): boolean
  /** Whether it is, or a write of it is under way. */
  isBusy(key: string): boolean
  /**
   * Puts items that nobody holds into a transaction. The returned function ends it; a repeat does nothing.
   */
  hold(keys: readonly string[]): () => void
  /** Runs writes of items that nobody holds. */
  writing<Result>(keys: readonly string[], task: () => Promise<Result>): Promise<Result>
  /** Runs a read, and says of each of its items whether a write of it began meanwhile. */
  watching<Result>(
    keys: readonly string[],
    task: () => Promise<Result>,
  ): Promise<{ result: Result; written: boolean[] }>
}

export const createConflicts = (): Conflicts => {
  const held = new Set<string>()
  const writing = new Map<string, number>()
  const watchers = new Set<Map<string, boolean>>()
  const began = (keys: readonly string[]): void => {
    for (const watcher of watchers) for (const key of keys) if (watcher.has(key)) watcher.set(key, true)
  }
  const count = (key: string, by: number): void => {
    const left = (writing.get(key) ?? 0) + by
    if (left > 0) writing.set(key, left)
    else writing.delete(key)
  }
  return {
    isHeld: (key) => held.has(key),
    isBusy: (key) => held.has(key) || writing.has(key),
    hold: (keys) => {
      began(keys)
      for (const key of keys) held.add(key)
      let isHeld = true
      return () => {
        if (isHeld) for (const key of keys) held.delete(key)
        isHeld = false
      }
    },
    writing: async (keys, task) => {
      began(keys)
      for (const key of keys) count(key, 1)
      try {
        return await task()
      } finally {
        for (const key of keys) count(key, -1)
      }
    },
    watching: async (keys, task) => {
      const watcher = new Map(keys.map((key) => [key, false]))
      watchers.add(watcher)
      try {
        const result = await task()
        return { result, written: keys.map((key) => watcher.get(key) ?? false) }
      } finally {
        watchers.delete(watcher)
      }
    },
  }
}
