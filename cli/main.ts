import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { CommanderError } from '@commander-js/extra-typings'
import * as z from 'zod/mini'
import type { World } from './context.ts'
import { exit } from './exit.ts'
import { programOf } from './program.ts'
import { tell } from './sentences.ts'

/** The command line, from the arguments to the exit status. Started by `groundcrew.ts`. */

const Manifest = z.object({ version: z.string() })

const versionOfPackage = (): string =>
  Manifest.parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))).version

/** 128 and the signal's number, as shells have it. */
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Ends what runs; a second one ends it at once, as it would without us. */
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

const complain = (error: unknown, { stderr }: World['streams']): number => {
  const { sentence, remedy, exit: status } = tell(error)
  stderr.write(`${styleText('red', sentence, { stream: stderr })}\n`)
  if (remedy !== undefined) stderr.write(`${remedy}\n`)
  if (process.env.GROUNDCREW_DEBUG && error instanceof Error) stderr.write(`${error.stack}\n`)
  return status
}

/** @returns the exit status */
export const main = async (argv: readonly string[]): Promise<number> => {
  const stopped = onSignals()
  const streams = { stdout: process.stdout, stderr: process.stderr }
  // Whoever reads us, such as `head`, has read enough.
  streams.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const world: World = { env: process.env, streams, signal: stopped.signal }
  try {
    await programOf(world, versionOfPackage()).parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? exit.done)
  } catch (error) {
    // Whatever became of what ran: it was to end.
    const status = stopped.status()
    if (status !== undefined) return status
    // It has said so itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage
    return complain(error, streams)
  }
}
