import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { loopback } from '../support/ports.ts'

export const startsWithinMs = 60_000

export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: loopback })
    socket
      .once('error', () => resolve(false))
      .once('connect', () => {
        socket.destroy()
        resolve(true)
      })
  })

type Program = {
  /** Python, by which it is tied. */
  python: string
  command: readonly string[]
  env: Record<string, string>
  /** The file for what it says. */
  log: string
  isReady: () => Promise<boolean>
}

/**
 * Starts a program that ends with this process, whatever ends that, and all that it started with it. Answers
 * what stops it. @throws Error with what it said, when it is not ready in time
 */
export const startTied = async ({ python, command, env, log, isReady }: Program) => {
  const said = createWriteStream(log)
  await once(said, 'open')
  const child = spawn(python, [join(import.meta.dirname, 'tied.py'), ...command], {
    stdio: ['pipe', said, said],
    detached: true,
    env,
  })
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.stdin?.end()
    await ended
  }
  const giveUpAt = Date.now() + startsWithinMs
  while (!(await isReady())) {
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      await stop()
      throw new Error(`${command.join(' ')} did not start:\n${readFileSync(log, 'utf8').slice(-4000)}`)
    }
    await pause(100)
  }
  return stop
}
