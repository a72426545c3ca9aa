import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder once for several processes. It appears atomically; if two processes make it at once, the
 * first to finish wins. `make` gets the folder that is moved to `place` afterwards.
 */
export const madeOnce = (place: string, make: (building: string) => void): string => {
  if (existsSync(place)) return place
  mkdirSync(dirname(place), { recursive: true })
  const building = mkdtempSync(`${place}-`)
  make(building)
  try {
    renameSync(building, place)
  } catch (error) {
    if (!existsSync(place)) throw error
    rmSync(building, { recursive: true })
  }
  return place
}
