/** Who may work on the tables at the same time. Locks are granted in the order they were asked for. */

type Task<Result> = () => Promise<Result>

/** `shared` tasks run together, an `exclusive` one runs alone. */
export type SharedLock = {
  shared<Result>(task: Task<Result>): Promise<Result>
  exclusive<Result>(task: Task<Result>): Promise<Result>
}

export const createSharedLock = (): SharedLock => {
  const queue: { alone: boolean; start: () => void }[] = []
  let together = 0
  let alone = false
  const grant = (): void => {
    for (let next = queue[0]; next && !alone && (!next.alone || together === 0); next = queue[0]) {
      queue.shift()
      if (next.alone) alone = true
      else together += 1
      next.start()
    }
  }
  const run = async <Result>(task: Task<Result>, wantsAlone: boolean): Promise<Result> => {
    await new Promise<void>((start) => {
      queue.push({ alone: wantsAlone, start })
      grant()
    })
    try {
      return await task()
    } finally {
      if (wantsAlone) alone = false
      else together -= 1
      grant()
    }
  }
  return { shared: (task) => run(task, false), exclusive: (task) => run(task, true) }
}

/** Tasks of the same key run one after another. */
export type KeyLock = <Result>(key: string, task: Task<Result>) => Promise<Result>

export const createKeyLock = (): KeyLock => {
  const last = new Map<string, Promise<unknown>>()
  return (key, task) => {
    const result = (last.get(key) ?? Promise.resolve()).then(task)
    const settled = result
      .catch(() => {})
      .then(() => {
        if (last.get(key) === settled) last.delete(key)
      })
    last.set(key, settled)
    return result
  }
}
