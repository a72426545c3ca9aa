import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import * as z from 'zod'

/**
 * The folder of a site. A build notes in it which files it made, so that the next one removes these and nothing
 * of anybody else's, such as what a web server wants to have beside them.
 */

const marker = '.groundcrew-site.json'

const Inside = z.string().refine((path) => {
  const [first = ''] = normalize(path).split(sep)
  return !['', '.', '..'].includes(first)
})
const Made = z.object({ made: z.array(Inside) })

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder, sep).length))
    : []

const madeIn = (folder: string): string[] | undefined => {
  try {
    return Made.parse(JSON.parse(readFileSync(join(folder, marker), 'utf8'))).made
  } catch {
    // Without a note that can be read, nothing there counts as ours.
    return undefined
  }
}

/** It holds something, and no note says that a build made it. */
export const isForeign = (folder: string): boolean =>
  filesIn(folder).length > 0 && madeIn(folder) === undefined

const removeIfEmpty = (folder: string): void => {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
}

/** Removes what the build before made. Answers what notes, after each build, what this one has made. */
export const beginAnew = (folder: string): (() => void) => {
  const made = madeIn(folder) ?? []
  for (const file of [...made, marker]) rmSync(join(folder, file), { force: true })
  const folders = new Set(made.map(dirname))
  for (const one of [...folders].sort((a, b) => b.length - a.length)) removeIfEmpty(join(folder, one))
  const others = new Set(filesIn(folder))
  return () => {
    const ours = filesIn(folder).filter((file) => !others.has(file) && file !== marker)
    writeFileSync(join(folder, marker), JSON.stringify({ made: ours }))
  }
}
