/** Locks on items, granted in the order of the requests. */

type Task<Result> = () => Promise<Result>

/** Tasks with a common key run one after another. */
export type KeyLock = {
  /** Takes all keys in one global order, so that no two tasks can deadlock. */
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
