import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query'

/**
 * Lists come from indexes and from eventually consistent reads, which lag behind writes by a second or so:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
 */
const lagsMs = [2000, 10_000]

const due = new Map<string, ReturnType<typeof setTimeout>[]>()

/**
 * Refreshes the data that a change has altered: at once, and again when lagging reads have caught up.
 * Resolves after the immediate refresh. Of several changes in a row only the last one schedules the later
 * refresh.
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
