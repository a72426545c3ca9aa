import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { edgeCommand, help } from '../edge/command.ts'
import { relayHelp } from '../edge/relay/command.ts'
import { runRelay } from '../edge/relay/run.ts'
import { faultInWords } from './fault-in-words.ts'

/**
 * `npm run edge`: writes configuration for a broker that docks or devices already use, to standard output or
 * into a directory. A repeat replaces the file with the same text. With `relay` it keeps running as the
 * relay, until it is stopped. Exit code 2 for invalid arguments.
 */
const result = edgeCommand(process.argv.slice(2))

/** Faults of files and directories get a sentence; any other fault is a bug, and shows its stack trace. */
const refused = (error: unknown): void => {
  const words = faultInWords(error)
  if (words === undefined) throw error
  process.stderr.write(`edge: ${words}\n`)
  process.exitCode = 1
}

const act = async (): Promise<void> => {
  switch (result.outcome) {
    case 'help':
      process.stdout.write(help)
      break
    case 'relayHelp':
      process.stdout.write(relayHelp)
      break
    case 'relay':
      await runRelay(result.request)
      break
    case 'refused':
      process.stderr.write(
        `${result.problems.map((problem) => `edge: ${problem}`).join('\n')}\nTry npm run edge -- --help\n`,
      )
      process.exitCode = 2
      break
    case 'made':
      if (result.directory === undefined) {
        process.stdout.write(result.text)
      } else {
        await mkdir(result.directory, { recursive: true })
        const path = join(result.directory, result.fileName)
        await writeFile(path, result.text)
        process.stderr.write(`edge: wrote ${path}\n`)
      }
      break
  }
}

await act().catch(refused)
