import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './support/imports.ts'

/**
 * Test files that share a process: each process loads the sources anew, and runs them cold for its first
 * seconds.
 */

/** Files that need a process of their own: they measure its memory, or start others with its environment. */
const alone = ['test/fuzz/', 'test/lambdas/runtime/telemetry']

/**
 * What a file does to its whole process: it reads what is logged, or its hooks would be those of every test.
 * `after` is none of these: it runs once, at the end of the process.
 */
const actsOnProcess = /support\/log-lines\.ts'|^(?:before|beforeEach|afterEach)\(/m

const mayShare = (file: string): boolean =>
  !alone.some((start) => file.startsWith(start)) &&
  !actsOnProcess.test(readFileSync(join(root, file), 'utf8'))

/** In how many processes the files of a folder run. To load the CDK takes longer than most files of `lib`. */
const processes: Readonly<Record<string, number>> = {
  scenarios: 4,
  lambdas: 4,
  local: 3,
  protocols: 1,
  security: 2,
  edge: 1,
  lib: 1,
}

const packOf = (file: string, index: number): string => {
  const folder = /^test\/(\w+)\//.exec(file)?.[1] ?? ''
  const count = processes[folder]
  return count === undefined || !mayShare(file) ? file : `${folder}-${index % count}`
}

/**
 * The files to run instead of these: one that stands for each process that is shared, written into the directory,
 * and those with a process of their own. `aside`: files that take so long that nothing should wait behind them.
 */
export const packed = (
  files: readonly string[],
  directory: string,
  aside: (file: string) => boolean,
): string[] => {
  const byPack = Map.groupBy(files.toSorted(), (file, index) => (aside(file) ? file : packOf(file, index)))
  return [...byPack].map(([pack, together]) => {
    if (together[0] === pack) return pack
    const path = join(directory, `${pack}.test.mjs`)
    const imports = together.map((file) => `await import(${JSON.stringify(join(root, file))})\n`)
    writeFileSync(path, imports.join(''))
    return relative(root, path)
  })
}
