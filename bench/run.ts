import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'
import { join } from 'node:path'
import { campaignTable } from './campaign.ts'
import { coldStartTables } from './cold-start.ts'
import { costTable } from './cost.ts'
import { throughputTables } from './throughput.ts'

/** `npm run bench`: measures, prints, and writes `bench/results.md`. A few minutes; leave the machine alone meanwhile. */

const say = (text: string) => process.stderr.write(`${text}\n`)

say('Bundles and cold starts …')
const coldStarts = await coldStartTables()
say('Reports through the local runtime …')
const throughput = await throughputTables(say)
say('A campaign of 10,000 devices …')
const campaign = await campaignTable(10_000, say)
say('Start of the local runtime …')
const ready = await readySeconds()

const results = `# Measurements

Made by \`npm run bench\` with Node ${process.versions.node} on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? arch()}, ${platform()}), shared with other
work: read the ratios, each of which compares two things in one run, not the single times.

## Functions

${coldStarts}

The bare handler parses a report and writes it without a condition, with the same SDK.

## Progress reports

${throughput.text}

The local runtime's queue waits up to a second for a batch, as the stack's does; reports of one upload in a batch share a write.
The ratio of the times swings with what else the machine does, since one side has more threads than cores; the one by CPU time holds.

## Upgrade reports

${campaign}

## Local runtime

\`npm start\` says that it is ready after ${ready} s.

## Cost

${await costTable(1)}

From the units measured above and the prices in \`bench/prices.ts\`. Storage of archives comes on top.
`

console.log(results)
writeFileSync(join(import.meta.dirname, 'results.md'), results)
say('Written to bench/results.md')

async function readySeconds(): Promise<string> {
  const options = ['--port', '0', '--mqtt-port', '0', '--edge-port', '0', '--no-demo']
  const run = spawn(process.execPath, ['bin/local.ts', ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  let seconds: string | undefined
  for await (const text of run.stdout.setEncoding('utf8')) {
    seconds ??= /ready in ([\d.]+) s/.exec(String(text))?.[1]
    if (seconds) run.kill('SIGINT')
  }
  if (!seconds) throw new Error('npm start never became ready')
  return seconds
}
