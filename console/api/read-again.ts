import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query'

/**
 * Lists come from indexes and from reads that may be older than what was written a moment ago, by a second or
 * so: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
 */
const lagsMs = [2000, 10_000]

const due = new Map<string, ReturnType<typeof setTimeout>[]>()

/**
 * Reads again what a change has altered: at once, and again when what lags behind has caught up. Resolves
 * when it has been read at once. Of several changes in a row the last one is waited for.
 */
export const readAgain = async (queries: QueryClient, ...keys: readonly QueryKey[]): Promise<void> => {
  const read = () => Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })))
  const what = hashKey(keys)
  due.get(what)?.forEach(clearTimeout)
  due.set(
    what,
    lagsMs.map((ms) => setTimeout(read, ms)),
  )
  await read()
}
