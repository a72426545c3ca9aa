/**
 * The items that are in a transaction now. Nobody waits for a transaction: other writes to its items are
 * refused.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
import { DynamoDbError } from './errors.ts'
import type { Item } from './tables.ts'

const conflictMessage = 'Transaction is ongoing for the item'

/** Why a transaction was cancelled: one entry per part. */
export type Reason = { Code: string; Message?: string; Item?: Item }

export const transactionCanceled = (reasons: readonly Reason[]): DynamoDbError => {
  const codes = reasons.map(({ Code }) => Code).join(', ')
  return new DynamoDbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { fields: { CancellationReasons: reasons } },
  )
}

/** The error of a transaction with conflicts, given whether each of its items conflicts. */
export const conflictCanceled = (inTheWay: readonly boolean[]): DynamoDbError =>
  transactionCanceled(
    inTheWay.map((isInTheWay) =>
      isInTheWay ? { Code: 'TransactionConflict', Message: conflictMessage } : { Code: 'None' },
    ),
  )

export const writeRefused = (): DynamoDbError =>
  new DynamoDbError('TransactionConflictException', conflictMessage)

export type Conflicts = {
  /** Whether an item is in a writing transaction. */
  isHeld(key: string): boolean
  /**
   * Holds items, of which none is held, for a transaction. The returned function releases them; a repeat does
   * nothing.
   */
  hold(keys: readonly string[]): () => void
}

export const createConflicts = (): Conflicts => {
  const held = new Set<string>()
  return {
    isHeld: (key) => held.has(key),
    hold: (keys) => {
      for (const key of keys) held.add(key)
      let isHeld = true
      return () => {
        if (isHeld) for (const key of keys) held.delete(key)
        isHeld = false
      }
    },
  }
}
