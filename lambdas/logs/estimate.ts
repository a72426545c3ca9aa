import type { ModuleLogs } from './listings/store.ts'
import type { Selection } from './request.ts'
import { uploadStatus } from './state.ts'
import type { StoredUpload } from './store.ts'

/** Estimates how long an upload takes, from listed sizes and the dock's earlier uploads. Pure. */

/** The table takes no greater number: docks may list any sizes, of which many add up. */
const storable = (number: number): number => Math.min(number, Number.MAX_SAFE_INTEGER)

/** A shorter upload measures how fast a dock starts rather than how fast it uploads. */
const shortestMeasuredMs = 10_000

/**
 * Bytes a second from the dock's answer to the end of its upload. Fetching and packing count, because the
 * credentials expire meanwhile. Takes the best rate of these uploads, so that an upload counts as too long
 * only if the dock has never been fast enough; undefined if no upload is long enough to measure.
 */
export const measuredRate = (uploads: readonly StoredUpload[], now: number): number | undefined => {
  const rates = uploads.flatMap(({ request, hot: { terms, registers } }) => {
    const status = uploadStatus(terms, registers, now)
    const arrived = request.archives.flatMap(({ module, listedBytes }) => {
      const { end } = status.archives[module] ?? {}
      const bytes = listedBytes ?? end?.size
      return end?.end === 'uploaded' && bytes ? [{ bytes, at: end.at }] : []
    })
    const took = Math.max(...arrived.map(({ at }) => at)) - (registers.answer?.at ?? terms.createdAt)
    const bytes = arrived.reduce((sum, archive) => sum + archive.bytes, 0)
    return took >= shortestMeasuredMs ? [(bytes * 1000) / took] : []
  })
  return rates.length > 0 ? Math.max(...rates) : undefined
}

/** Selections with the total size of their logs, for those whose logs are all listed. */
export const withSizes = (selections: readonly Selection[], listed: readonly ModuleLogs[]): Selection[] =>
  selections.map(({ module, bootIndexes }) => {
    const size = sizesOf(module, listed)
    const sizes = bootIndexes.map((bootIndex) => size.get(bootIndex))
    const listedBytes = sizes.reduce<number | undefined>(
      (sum, one) => (sum === undefined || one === undefined ? undefined : storable(sum + one)),
      0,
    )
    return { module, bootIndexes, listedBytes }
  })

const sizesOf = (module: Selection['module'], listed: readonly ModuleLogs[]): Map<number, number> =>
  new Map(
    listed
      .filter((logs) => logs.module === module)
      .flatMap(({ logs }) => logs.map(({ bootIndex, sizeBytes }) => [bootIndex, sizeBytes] as const)),
  )

/** The seconds that an upload of these selections takes at a rate; undefined if size or rate is unknown. */
export const estimateSeconds = (
  selections: readonly Selection[],
  bytesPerSecond: number | undefined,
): number | undefined => {
  const sizes = selections.map(({ listedBytes }) => listedBytes)
  if (bytesPerSecond === undefined || sizes.some((size) => size === undefined)) return undefined
  return storable(Math.ceil(sizes.reduce<number>((sum, size = 0) => sum + size, 0) / bytesPerSecond))
}

/**
 * Cuts selections, in their order, into parts of at most `maxBytes`. A log that is larger gets a part of its
 * own.
 */
export const cutBySize = (
  selections: readonly Selection[],
  listed: readonly ModuleLogs[],
  maxBytes: number,
): Selection[][] => {
  const parts: Selection[][] = []
  let left = 0
  for (const { module, bootIndexes } of selections) {
    const size = sizesOf(module, listed)
    for (const bootIndex of bootIndexes) {
      const bytes = size.get(bootIndex) ?? 0
      if (parts.length === 0 || bytes > left) {
        parts.push([])
        left = maxBytes
      }
      left -= bytes
      const part = parts.at(-1) ?? []
      const known = part.find((selection) => selection.module === module)
      if (known) known.bootIndexes = [...known.bootIndexes, bootIndex]
      else part.push({ module, bootIndexes: [bootIndex] })
    }
  }
  return parts.map((part) => withSizes(part, listed))
}
