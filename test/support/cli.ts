import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { run as runTyped } from '../../cli/main.ts'
import { root } from './imports.ts'
import { patienceMs } from './local-run.ts'

/** The command line, as whoever types it has it. */

export type Ended = { status: number | null; stdout: string; stderr: string }

type Env = Record<string, string>

const entry = join(root, 'cli', 'groundcrew.ts')

/** What this machine's user or its shell has set; the runner asks for colours where it has a terminal itself. */
const ofTheUser = /^(GROUNDCREW_|XDG_|FORCE_COLOR|NO_COLOR)/

/** What has been started, from outside. */
type Started = {
  stdout: Readable
  stderr: Readable
  status: Promise<number | null>
  interrupt: () => void
  kill: () => void
}

/** What it says, and what becomes of it. It is ended with the test. */
const follow = (t: TestContext, { stdout, stderr, status, interrupt, kill }: Started) => {
  const said = { stdout: '', stderr: '' }
  const watchers = new Set<() => void>()
  for (const [name, stream] of Object.entries({ stdout, stderr }) as ['stdout' | 'stderr', Readable][])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      for (const look of watchers) look()
    })
  const ended: Promise<Ended> = status.then((of) => ({ status: of, ...said }))
  t.after(async () => {
    kill()
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
  return { ended, says, interrupt }
}

/** A folder of the test's own, and the environment that has it and no more. */
const homeOf = (t: TestContext, url: string | undefined) => {
  const home = mkdtempSync(join(tmpdir(), 'groundcrew-cli-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const env: Env = {
    XDG_CONFIG_HOME: home,
    HOME: home,
    ...(url === undefined ? {} : { GROUNDCREW_URL: url }),
  }
  return { home, env }
}

/** In this process. It looks at what it watches far more often than for people. */
export const commandLine = (t: TestContext, url: string | undefined) => {
  for (const name of Object.keys(process.env).filter((name) => ofTheUser.test(name) && /COLOR/.test(name)))
    delete process.env[name]
  const { home, env } = homeOf(t, url)
  /** `columns`: standard output is a terminal as wide as this. */
  const start = (args: readonly string[], more: Env = {}, columns?: number) => {
    const stopper = new AbortController()
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
    if (columns !== undefined) Object.assign(streams.stdout, { isTTY: true, columns })
    const interrupt = () => stopper.abort()
    const status = runTyped(args, {
      env: { ...env, ...more },
      streams,
      signal: stopper.signal,
      paceMs: { shortest: 20, longest: 100 },
    }).finally(async () => {
      for (const stream of Object.values(streams)) stream.end()
      await Promise.all(Object.values(streams).map((stream) => stream.readableEnded || once(stream, 'end')))
    })
    return follow(t, { ...streams, status, interrupt, kill: interrupt })
  }
  return {
    home,
    start,
    run: (args: readonly string[], more?: Env): Promise<Ended> => start(args, more).ended,
    /** As whoever has a terminal of 80 columns reads it. */
    runAtTerminal: (args: readonly string[]): Promise<Ended> => start(args, {}, 80).ended,
  }
}

/**
 * As a process of its own. `program`: another than that of the sources. `piped`: what comes in by the pipe, in
 * the end.
 */
export const commandLineProcess = (
  t: TestContext,
  url: string | undefined,
  program: readonly string[] = [entry],
) => {
  const { home, env } = homeOf(t, url)
  const bare = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofTheUser.test(name)))
  const start = (args: readonly string[], piped?: Promise<string>) => {
    const child = spawn(process.execPath, [...program, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: home,
      env: { ...bare, ...env, PATH: '/usr/bin:/bin' },
    })
    if (piped) void piped.then((text) => child.stdin.end(text))
    else child.stdin.end()
    const status = once(child, 'close').then(([of]) => of)
    const { stdout, stderr } = child
    return follow(t, {
      stdout,
      stderr,
      status,
      interrupt: () => child.kill('SIGINT'),
      kill: () => child.kill('SIGKILL'),
    })
  }
  return { home, start, run: (args: readonly string[]): Promise<Ended> => start(args).ended }
}
