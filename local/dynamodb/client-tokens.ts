import { createHash } from 'node:crypto'
import { DynamoDbError } from './errors.ts'

/**
 * Remembers the client tokens of transactions for ten minutes, as DynamoDB does. `now` is in epoch
 * milliseconds.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html,
 * ClientRequestToken
 */
export const createClientTokens = (now: () => number) => {
  const used = new Map<string, { hash: string; at: number }>()
  const hashOf = (items: unknown): string => createHash('sha256').update(JSON.stringify(items)).digest('hex')
  return {
    /** Whether this same request was done already. Throws if the token was used for a different one. */
    isRepeat: (token: string, items: unknown): boolean => {
      const since = now() - 600_000
      // In order of use: everything after the first valid one is younger.
      for (const [known, { at }] of used) {
        if (at > since) break
        used.delete(known)
      }
      const found = used.get(token)
      if (found && found.hash !== hashOf(items))
        throw new DynamoDbError(
          'IdempotentParameterMismatchException',
          'The request uses the same client token as a previous, but non-identical request',
        )
      return found !== undefined
    },
    remember: (token: string, items: unknown): void =>
      void used.set(token, { hash: hashOf(items), at: now() }),
  }
}
