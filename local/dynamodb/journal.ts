/**
 * What a running transaction may have to undo, in a file beside the data, so that SIGKILL in the middle of one leaves no half of it.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { Item } from './tables.ts'

/** An item as it was before; `before` is absent if there was none. */
export type BeforeImage = { tableName: string; key: Item; before: Item | undefined }

export type Journal = {
  /** Runs a transaction whose items were as given. If it throws, its items are still to be restored. */
  guard<Result>(images: readonly BeforeImage[], task: () => Promise<Result>): Promise<Result>
  /** What an interrupted transaction left to undo; `undone` forgets it. */
  unfinished(): BeforeImage[]
  undone(): void
}

const Images = z.array(z.object({ tableName: z.string(), key: Item, before: Item.optional() }))

const noJournal: Journal = { guard: (_, task) => task(), unfinished: () => [], undone: () => {} }

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Opens the journal in a directory; without one there is nothing that could outlive a crash. */
export const openJournal = (directory: string | undefined): Journal => {
  if (directory === undefined) return noJournal
  const path = join(directory, 'transaction.json')
  const undone = (): void => rmSync(path, { force: true })
  return {
    undone,
    guard: async (images, task) => {
      // Renamed into place: a file that is there is whole.
      writeFileSync(`${path}.new`, JSON.stringify(images))
      renameSync(`${path}.new`, path)
      const result = await task()
      undone()
      return result
    },
    unfinished: () => {
      try {
        return Images.parse(JSON.parse(readFileSync(path, 'utf8'))).map((image) => ({
          ...image,
          before: image.before,
        }))
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    },
  }
}
