import { createHash } from 'node:crypto'

/** A package as offered to a dock, for one of its machines. `md5` in lower-case hex, `size` in bytes. */
export type OfferedPackage = { url: string; md5: string; size: number }

/** `unreachable`: no answer, or not the file; `damaged`: other bytes than announced. */
export type Downloaded = 'whole' | 'unreachable' | 'damaged'

const parts = 5

/**
 * Downloads a package and compares its MD5 and size, without keeping it. `step` is awaited after each fifth,
 * so that a dock with slow time has a slow connection. `stop` aborts it.
 */
export const download = async (
  { url, md5, size }: OfferedPackage,
  { stop, step }: { stop: AbortSignal; step: (percent: number) => Promise<void> },
): Promise<Downloaded> => {
  const hash = createHash('md5')
  let [bytes, done] = [0, 0]
  try {
    const response = await fetch(url, { signal: stop, redirect: 'error' })
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      return 'unreachable'
    }
    for await (const chunk of response.body) {
      bytes += chunk.length
      hash.update(chunk)
      for (; done < parts && bytes * parts >= (done + 1) * size && bytes <= size; done += 1)
        await step(((done + 1) * 100) / parts)
    }
  } catch (error) {
    if (stop.aborted) throw error
    return 'unreachable'
  }
  return bytes === size && hash.digest('hex') === md5.toLowerCase() ? 'whole' : 'damaged'
}
