import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Which of our files know which others; all paths as seen from the root. */

export const root = join(import.meta.dirname, '..', '..')

/** Static and dynamic imports and re-exports of relative paths. */
export const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(
    ([, path = '']) => relative(root, join(root, dirname(file), path)),
  )

export const sourcesIn = (folder: string): string[] =>
  globSync('**/*.{ts,tsx,js,mjs}', { cwd: join(root, folder), exclude: ['dist', 'node_modules'] }).map(
    (name) => join(folder, name),
  )

/** These files, what they import, and what that imports; what is not there leads nowhere. */
export const reachedFrom = (files: readonly string[]): Set<string> => {
  const reached = new Set(files)
  for (const file of reached)
    if (existsSync(join(root, file))) for (const target of importsOf(file)) reached.add(target)
  return reached
}
