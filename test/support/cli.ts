import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { root } from './imports.ts'
import { patienceMs } from './local-run.ts'

/** The command line as a process of its own, as whoever types it has it. */

export type Ended = { status: number | null; stdout: string; stderr: string }

const entry = join(root, 'cli', 'groundcrew.ts')

/** Without what this machine's user or its shell has set. */
const bare = (): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(GROUNDCREW_|XDG_|FORCE_COLOR|NO_COLOR)/.test(name)),
  )

/**
 * Its files are in a folder of the test's own. `program`: another than that of the sources. `piped`: what
 * comes in by the pipe, in the end.
 */
export const commandLine = (
  t: TestContext,
  url: string | undefined,
  program: readonly string[] = [entry],
) => {
  const home = mkdtempSync(join(tmpdir(), 'groundcrew-cli-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const start = (args: readonly string[], env: Record<string, string> = {}, piped?: Promise<string>) => {
    const child = spawn(process.execPath, [...program, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: home,
      env: {
        ...bare(),
        ...{ XDG_CONFIG_HOME: home, HOME: home, PATH: '/usr/bin:/bin' },
        ...(url === undefined ? {} : { GROUNDCREW_URL: url }),
        ...env,
      },
    })
    if (piped) void piped.then((text) => child.stdin.end(text))
    else child.stdin.end()
    const said = { stdout: '', stderr: '' }
    const watchers = new Set<() => void>()
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text
        for (const look of watchers) look()
      })
    const ended: Promise<Ended> = once(child, 'close').then(([status]) => ({ status, ...said }))
    t.after(async () => {
      child.kill('SIGKILL')
      await ended
    })
    /** Resolves once it has said so, on either stream. */
    const says = (pattern: RegExp): Promise<string> =>
      new Promise((resolve, reject) => {
        const fail = () => reject(new Error(`It never said ${pattern}: ${JSON.stringify(said)}`))
        const timer = setTimeout(fail, patienceMs)
        const look = () => {
          const [found] = pattern.exec(said.stdout + said.stderr) ?? []
          if (found === undefined) return
          clearTimeout(timer)
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
        void ended.then(() => {
          look()
          clearTimeout(timer)
          if (watchers.has(look)) fail()
        })
      })
    return { ended, says, interrupt: () => child.kill('SIGINT') }
  }
  return {
    home,
    start,
    /** What becomes of it. */
    run: (args: readonly string[], env?: Record<string, string>): Promise<Ended> => start(args, env).ended,
  }
}
