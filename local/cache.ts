/**
 * A cache of computed values by key. It keeps the newest `limit` of them, so that no caller can fill the
 * memory.
 */
export const createCache = <Value>(limit: number) => {
  const values = new Map<string, Value>()
  return {
    get: (key: string): Value | undefined => values.get(key),
    set: (key: string, value: Value): void => {
      values.set(key, value)
      const [oldest] = values.keys()
      if (values.size > limit && oldest !== undefined) values.delete(oldest)
    },
  }
}
