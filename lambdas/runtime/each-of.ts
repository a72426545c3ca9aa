/**
 * Runs work for many items in their order, at most `atOnce` concurrently. After an error it starts no more
 * work, and rejects with the first error once the running work has ended.
 */
export const eachOf = async <Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const left = items.values()
  const errors: unknown[] = []
  const lane = async (): Promise<void> => {
    for (const item of left) {
      if (errors.length > 0) return
      try {
        await work(item)
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
  if (errors.length > 0) throw errors[0]
}
