/**
 * Which items are in a transaction now. Nobody waits for one: who wants to write such an item is refused.
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

export const conflictReason = ({ isHeld }: Ongoing, key: string): Reason =>
  isHeld(key) ? { Code: 'TransactionConflict', Message: conflictMessage } : { Code: 'None' }

export type Ongoing = {
  isHeld(key: string): boolean
  /** Takes keys that nobody holds. The returned function gives them back; a repeat does nothing. */
  take(keys: readonly string[]): () => void
  /** @throws TransactionConflictException if the item is in a transaction. */
  refuseWrite(key: string): void
}

export const createOngoing = (): Ongoing => {
  const held = new Set<string>()
  return {
    isHeld: (key) => held.has(key),
    take: (keys) => {
      for (const key of keys) held.add(key)
      let isTaken = true
      return () => {
        if (isTaken) for (const key of keys) held.delete(key)
        isTaken = false
      }
    },
    refuseWrite: (key) => {
      if (held.has(key)) throw new DynamoDbError('TransactionConflictException', conflictMessage)
    },
  }
}
