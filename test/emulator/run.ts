import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { startEmulator } from './emulator.ts'
import { installed } from './install.ts'
import { failures, report } from './report.ts'
import { type Result, unknownSkips } from './scenarios.ts'
import { type Book, tellStories } from './stories.ts'

/**
 * `npm run test:emulator`: deploys the stacks as they are, with the real CDK CLI, into an AWS emulator that
 * is not ours, and runs there the stories that also run on the local runtime. Where the emulator cannot be
 * installed it says so, and is skipped.
 */

const unknown = process.argv.slice(2)
if (unknown.length > 0) {
  console.error(`npm run test:emulator takes no ${unknown.join(' ')}: docs/emulator.md`)
  process.exit(2)
}

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

/** Runs a story and notes what became of it. One that fails ends the run: those after it build on it. */
const noting =
  (results: Result[]): Book['story'] =>
  async (name, tell) => {
    const startedAt = performance.now()
    const note = (outcome: Result['outcome'], said = ''): void => {
      results.push({ name, depth: 0, outcome, said, ms: performance.now() - startedAt })
      console.log(`${outcome === 'passed' ? '✔' : '✖'} ${name}`)
    }
    try {
      const value = await tell()
      note('passed')
      return value
    } catch (error) {
      note('failed', textOf(error))
      throw error
    }
  }

const runAll = async (python: string): Promise<boolean> => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-emulator-'))
  const results: Result[] = unknownSkips().map((name) => ({
    name,
    depth: 0,
    outcome: 'failed',
    ms: 0,
    said: 'lacking.ts leaves it out, and no story has this name',
  }))
  let resources = 0
  const book: Book = {
    story: noting(results),
    add: (told) => void results.push(...told),
    count: (made) => {
      resources = made
    },
  }
  let stop = async (): Promise<void> => {}
  try {
    const emulator = await startEmulator(python, directory)
    stop = emulator.stop
    const itsOwn = readFileSync(emulator.certificate, 'utf8')
    setDefaultCACertificates([...getCACertificates('default'), itsOwn])
    await tellStories({ python, emulator, directory }, book)
  } catch (error) {
    if (failures(results).length === 0)
      results.push({ name: 'the run itself', depth: 0, outcome: 'failed', ms: 0, said: textOf(error) })
  }
  await stop()
  console.log(report(results, resources))
  const failed = failures(results).length > 0
  if (failed) console.log(`What the emulator and the CDK said is in ${directory}`)
  else rmSync(directory, { recursive: true, force: true })
  return failed
}

const found = await installed()
if ('missing' in found) {
  console.log(
    `The stacks were not deployed into the emulator: ${found.missing}\n0 passed, 0 failed, 1 skipped`,
  )
} else process.exitCode = (await runAll(found.python)) ? 1 : 0
