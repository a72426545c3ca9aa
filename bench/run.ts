import { fork } from 'node:child_process'
import { once } from 'node:events'
import { arch, cpus, loadavg, platform } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { goalsTable, verdict } from './goals.ts'
import { Measured } from './part.ts'
import { parts } from './parts.ts'
import { keepSection } from './results.ts'

/**
 * `npm run bench`: measures, prints, and writes `bench/results.md`, each part as soon as it is done. It takes
 * three quarters of an hour; leave the machine idle meanwhile.
 */

const usage = `npm run bench -- [options]

Measures everything, prints it and writes bench/results.md, each part as soon as it is done; in three quarters of an hour
or so.

  --quick          leaves the longest parts out and does less in the others; writes nothing
  --only <parts>   only these, separated by commas: ${Object.keys(parts).join(', ')}; the others in
                   bench/results.md stay as they were
  --before <dir>   of handlers and cold starts: pairs the bundles of another time, as \`npm run synth\` left
                   them in cdk.out/bundles, with those of now, and prints both; writes nothing
  --help           this`

const say = (text: string) => process.stderr.write(`${text}\n`)

const refuse = (text: string): never => {
  say(`${text}\nTry npm run bench -- --help`)
  process.exit(2)
}

const parsed = () => {
  try {
    const options = {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      before: { type: 'string' },
      help: { type: 'boolean' },
    } as const
    return parseArgs({ options }).values
  } catch (error) {
    return refuse(error instanceof Error ? (error.message.split('. To specify')[0] ?? '') : String(error))
  }
}

const readOptions = () => {
  const values = parsed()
  const names = values.only?.split(',') ?? Object.keys(parts)
  const unknown = names.filter((name) => !Object.hasOwn(parts, name))
  if (unknown.length > 0)
    refuse(`There is no part ${unknown.join(', ')}. There are ${Object.keys(parts).join(', ')}`)
  return { ...values, names }
}

/** Measures a part in its own process. @throws Error if that fails or crashes */
const measureApart = async (name: string, how: 'quick' | 'whole', before?: string): Promise<Measured> => {
  const script = join(import.meta.dirname, 'run-part.ts')
  const child = fork(script, [name, how, ...(before ? [before] : [])], {
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
  })
  const received: unknown[] = []
  child.on('message', (message) => received.push(message))
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`it ended with ${signal ?? code}`)
  return Measured.parse(received[0])
}

const machine = `Node ${process.versions.node} on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? arch()}, ${platform()})`

const measure = async (title: string, ...part: Parameters<typeof measureApart>): Promise<string> => {
  const day = new Date().toISOString().slice(0, 10)
  const load = loadavg()[0]?.toFixed(1)
  const began = performance.now()
  const { text, goals } = await measureApart(...part)
  say(`  ${((performance.now() - began) / 1000).toFixed(0)} s`)
  return [
    `## ${title}`,
    `On ${day}, ${machine}, load ${load} before it began.`,
    ...(goals.length > 0 ? [goalsTable(goals), verdict(goals)] : []),
    text,
  ].join('\n\n')
}

const titles = Object.values(parts).map(({ title }) => title)

/** Failed parts are reported and do not stop the others. */
const run = async ({ quick = false, only, before, names }: ReturnType<typeof readOptions>) => {
  const isKept = !quick && before === undefined
  for (const name of names) {
    const { title = name, quick: quickly } = parts[name] ?? {}
    if (quick && !quickly) {
      say(`${title} is left out of a quick run`)
      continue
    }
    say(`${title} …`)
    try {
      const section = await measure(title, name, quick ? 'quick' : 'whole', before && resolve(before))
      console.log(`${section}\n`)
      if (isKept) keepSection(section, titles)
    } catch (error) {
      say(`${title} was not measured: ${error instanceof Error ? error.message : String(error)}`)
      process.exitCode = 1
    }
  }
  say(isKept ? `Written to bench/results.md${only ? ', these parts' : ''}` : 'Nothing was written.')
}

const options = readOptions()
if (options.help) console.log(usage)
else await run(options)
