/** Who may work on an item at the same time. Locks are granted in the order they were asked for. */

type Task<Result> = () => Promise<Result>

/** Tasks that have a key in common run one after another. */
export type KeyLock = {
  /** Asks for all keys at once, in one order for everybody, so that no two tasks can wait for each other. */
  hold<Result>(keys: readonly string[], task: Task<Result>): Promise<Result>
}

export const createKeyLock = (): KeyLock => {
  const last = new Map<string, Promise<unknown>>()
  return {
    hold: (keys, task) => {
      const before = keys.flatMap((key) => last.get(key) ?? [])
      const result = Promise.all(before).then(task)
      const settled = result
        .catch(() => {})
        .then(() => {
          for (const key of keys) if (last.get(key) === settled) last.delete(key)
        })
      for (const key of keys) last.set(key, settled)
      return result
    },
  }
}
