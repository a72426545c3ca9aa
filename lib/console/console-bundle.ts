import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const root = join(import.meta.dirname, '../..')
const kept = join(root, '.groundcrew-console')

/** A hash of what the page is built from: its sources, and the versions of all packages. */
const fingerprint = (): string => {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  for (const file of globSync('console/**/*.*', { cwd: root }).sort())
    hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}

/**
 * Runs Vite in a separate process: it takes seconds, during which this process could not serve requests.
 */
const build = async (outDir: string, signal: AbortSignal | undefined): Promise<void> => {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', 'console', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn']
  // Colour codes must not get into an error's text.
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
    ...(signal ? { signal } : {}),
  })
  const ended = Promise.withResolvers<number | null>()
  child.once('error', ended.reject).once('close', ended.resolve)
  const [output, code] = await Promise.all([text(child.stderr), ended.promise])
  if (code !== 0) throw new Error(`The console could not be built:\n${output}`)
}

/** Deletes builds of other sources. */
const forgetOthers = async (current: string): Promise<void> => {
  const others = (await readdir(kept)).filter((name) => name !== current && !name.startsWith('building-'))
  await Promise.all(others.map((name) => rm(join(kept, name), { recursive: true, force: true })))
}

/** The folder of the built console, or where it will be once it is built. */
export const consoleFolder = (): { directory: string; isBuilt: boolean } => {
  const directory = join(kept, fingerprint())
  return { directory, isBuilt: existsSync(directory) }
}

/**
 * The folder with the built console, `index.html` and what it loads. Builds it if the sources or the packages
 * have changed, which takes some seconds; a concurrent build makes the same files. `signal` aborts it.
 * @throws Error with Vite's messages
 */
export const builtConsole = async (signal?: AbortSignal): Promise<string> => {
  const { directory, isBuilt } = consoleFolder()
  if (isBuilt) return directory
  await mkdir(kept, { recursive: true })
  const building = await mkdtemp(join(kept, 'building-'))
  try {
    await build(building, signal)
    await rename(building, directory)
  } catch (error) {
    await rm(building, { recursive: true, force: true })
    // Another process was faster.
    if (!existsSync(directory)) throw error
  }
  await forgetOthers(directory.slice(kept.length + 1))
  return directory
}
