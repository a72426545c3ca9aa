import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseEnv } from 'node:util'

/** What a stack of `npm start` writes into its data directory for as long as it runs. */
export const operatorFile = (data: string): string => join(data, 'operator.env')

/** Undefined: none runs over `data`. */
export const operatorEnv = (data: string): Record<string, string | undefined> | undefined => {
  const file = operatorFile(data)
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : undefined
}

/** A path for whoever reads it: from where they are if it is below that, else as it was given. */
export const pathShown = (path: string): string => {
  const below = relative(process.cwd(), path) || '.'
  return below.startsWith('..') ? path : below
}
