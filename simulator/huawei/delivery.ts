/** Delivery from a device to the broker. `flush` sends messages held back for reordering. */
export type Delivery = { send: (payload: string) => Promise<void>; flush: () => Promise<void> }

/** Sends messages through `publish` with the faults of sending. */
export const createDelivery = (
  { duplicates, reorder }: { duplicates?: boolean; reorder?: boolean },
  publish: (payload: string) => Promise<void>,
): Delivery => {
  let held: string | undefined
  const sendNow = async (payload: string) => {
    await publish(payload)
    if (duplicates) await publish(payload)
  }
  const flush = async () => {
    const last = held
    held = undefined
    if (last !== undefined) await sendNow(last)
  }
  return {
    flush,
    send: async (payload) => {
      if (reorder && held === undefined) {
        held = payload
        return
      }
      await sendNow(payload)
      await flush()
    },
  }
}
