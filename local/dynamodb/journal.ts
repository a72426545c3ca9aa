/**
 * What running transactions may have to undo, in a file each beside the data, so that SIGKILL in the middle of one leaves no half of it.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { readStateFile } from '../state-file.ts'
import { Item } from './tables.ts'

/** An item as it was before; `before` is absent if there was none. */
export type BeforeImage = { tableName: string; key: Item; before: Item | undefined }

export type Journal = {
  /**
   * Runs a transaction whose items were as given. If it throws, its items are still to be restored. Transactions that run at the
   * same time must have no item in common.
   */
  guard<Result>(images: readonly BeforeImage[], task: () => Promise<Result>): Promise<Result>
  /** What interrupted transactions left to undo, in any order; `undone` forgets it. */
  unfinished(): BeforeImage[]
  undone(): void
}

const Images = z.array(z.object({ tableName: z.string(), key: Item, before: Item.optional() }))

const noJournal: Journal = { guard: (_, task) => task(), unfinished: () => [], undone: () => {} }

/** Opens the journal in a directory; without one there is nothing that could outlive a crash. */
export const openJournal = (directory: string | undefined): Journal => {
  if (directory === undefined) return noJournal
  const files = (): string[] =>
    readdirSync(directory)
      .filter((name) => /^transaction.*\.json$/.test(name))
      .map((name) => join(directory, name))
  return {
    guard: async (images, task) => {
      const path = join(directory, `transaction-${randomUUID()}.json`)
      // Renamed into place: a file that is there is whole.
      writeFileSync(`${path}.new`, JSON.stringify(images))
      renameSync(`${path}.new`, path)
      const result = await task()
      rmSync(path)
      return result
    },
    unfinished: () =>
      files().flatMap((path) => {
        const images = readStateFile(path, (text) => Images.parse(JSON.parse(text))) ?? []
        return images.map((image) => ({ ...image, before: image.before }))
      }),
    undone: () => {
      for (const path of files()) rmSync(path)
    },
  }
}
