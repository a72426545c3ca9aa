import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What `npm pack` and `npm publish` run in the folder of a package before they take its files: compiles it to
 * `dist/`, from nothing, so that no file stays that is no longer compiled, and puts the licence beside it.
 */
const root = join(import.meta.dirname, '..')
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
copyFileSync(join(root, 'LICENSE'), 'LICENSE')
