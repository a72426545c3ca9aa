/** Who may work on the tables at the same time. Locks are granted in the order they were asked for. */

type Task<Result> = () => Promise<Result>

/** Tasks of one room run together, those of different rooms never. Nobody overtakes, so no room is kept out for ever. */
export type Rooms<Room> = { enter<Result>(room: Room, task: Task<Result>): Promise<Result> }

export const createRooms = <Room extends string>(): Rooms<Room> => {
  const queue: { room: Room; start: () => void }[] = []
  let open: Room | undefined
  let inside = 0
  const admit = (): void => {
    for (let next = queue[0]; next && (inside === 0 || next.room === open); next = queue[0]) {
      queue.shift()
      open = next.room
      inside += 1
      next.start()
    }
  }
  return {
    enter: async (room, task) => {
      await new Promise<void>((start) => {
        queue.push({ room, start })
        admit()
      })
      try {
        return await task()
      } finally {
        inside -= 1
        admit()
      }
    },
  }
}

/** Tasks that have a key in common run one after another. */
export type KeyLock = {
  /** Asks for all keys at once, in one order for everybody, so that no two tasks can wait for each other. */
  hold<Result>(keys: readonly string[], task: Task<Result>): Promise<Result>
  /** Resolves when no task of now runs any more. */
  rest(): Promise<void>
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
    rest: async () => void (await Promise.all(last.values())),
  }
}
