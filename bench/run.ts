import { writeFileSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Goal, goalsTable, verdict } from './goals.ts'
import { parts } from './parts.ts'

/**
 * `npm run bench`: measures, prints, and writes `bench/results.md`. A quarter of an hour or so; leave the
 * machine alone meanwhile.
 */

const usage = `npm run bench -- [options]

Measures everything, prints it and writes bench/results.md, in a quarter of an hour or so.

  --quick          leaves the longest parts out and does less in the others; writes nothing
  --only <parts>   only these, separated by commas: ${Object.keys(parts).join(', ')}; writes nothing
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

const machine = `Node ${process.versions.node} on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? arch()}, ${platform()})`

const measure = async (names: readonly string[], isQuick: boolean, before?: string): Promise<string> => {
  const sections: string[] = []
  const goals: Goal[] = []
  const leftOut: string[] = []
  for (const name of names) {
    const { title = name, whole, quick } = parts[name] ?? {}
    const run = isQuick ? quick : whole
    if (!run) leftOut.push(title)
    if (!run) continue
    say(`${title} …`)
    const began = performance.now()
    const measured = await run(say, before)
    say(`  ${((performance.now() - began) / 1000).toFixed(0)} s`)
    sections.push(`## ${title}\n\n${measured.text}`)
    goals.push(...measured.goals)
  }
  return `${[
    '# Measurements',
    `Made by \`npm run bench\` with ${machine}, shared with other
work: read the ratios, each of which compares two things in one run, not the single times.`,
    ...(leftOut.length > 0 ? [`A quick run, without: ${leftOut.join(', ')}.`] : []),
    ...(goals.length > 0 ? [`## Goals\n\n${goalsTable(goals)}\n\n${verdict(goals)}`] : []),
    ...sections,
  ].join('\n\n')}\n`
}

const { quick = false, only, before, help, names } = readOptions()
if (help) console.log(usage)
else {
  const results = await measure(names, quick, before && resolve(before))
  console.log(results)
  if (quick || only || before) say('Not written: only a whole run is.')
  else {
    writeFileSync(join(import.meta.dirname, 'results.md'), results)
    say('Written to bench/results.md')
  }
}
