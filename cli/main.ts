import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { CommanderError } from '@commander-js/extra-typings'
import * as z from 'zod/mini'
import type { World } from './context.ts'
import { type Exit, exit } from './exit.ts'
import { programOf } from './program.ts'
import { explain } from './sentences.ts'

/** The command line, from the arguments to the exit status. Started by `groundcrew.ts`. */

const Manifest = z.object({ version: z.string() })

const versionOfPackage = (): string =>
  Manifest.parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))).version

/** 128 plus the signal's number, as in shells. */
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** The first signal stops the command; a second one ends the process at once. */
const onSignals = () => {
  const stopper = new AbortController()
  let status: number | undefined
  for (const [name, ofSignal] of Object.entries(signals))
    process.once(name, () => {
      status ??= ofSignal
      stopper.abort()
    })
  return { signal: stopper.signal, status: () => status }
}

const complain = (error: unknown, { env, streams: { stderr } }: World): Exit => {
  const { sentence, remedy, exit: status } = explain(error)
  stderr.write(`${styleText('red', sentence, { stream: stderr })}\n`)
  if (remedy !== undefined) stderr.write(`${remedy}\n`)
  if (env.GROUNDCREW_DEBUG && error instanceof Error) stderr.write(`${error.stack}\n`)
  return status
}

/** Runs a command line. @returns the exit status; `interrupted` if `world.signal` ended it */
export const run = async (argv: readonly string[], world: World): Promise<Exit> => {
  const { program, status } = programOf(world, versionOfPackage())
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return status()
  } catch (error) {
    // The user stopped it, whatever the error.
    if (world.signal.aborted) return exit.interrupted
    // Commander has printed the error itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage
    return complain(error, world)
  }
}

/** Runs as a process. @returns its exit status */
export const main = async (argv: readonly string[]): Promise<number> => {
  const stopped = onSignals()
  const { env, stdout, stderr } = process
  // The reader, such as `head`, has closed the pipe.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const status = await run(argv, { env, streams: { stdout, stderr }, signal: stopped.signal })
  return status === exit.interrupted ? (stopped.status() ?? status) : status
}
