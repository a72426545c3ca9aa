import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseEnv } from 'node:util'

/** The file that a stack of `npm start` keeps in its data directory while it runs. */
export const operatorFile = (data: string): string => join(data, 'operator.env')

/** Undefined: no stack runs over `data`. */
export const operatorEnv = (data: string): Record<string, string | undefined> | undefined => {
  const file = operatorFile(data)
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : undefined
}

/** A path for display: relative to the current directory if it is below that, otherwise as given. */
export const pathShown = (path: string): string => {
  const below = relative(process.cwd(), path) || '.'
  return below.startsWith('..') ? path : below
}
