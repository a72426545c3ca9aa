import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { functionFiles } from '../lib/functions/function-files.ts'
import { sourceMapsFolder, withPlaces } from '../lib/functions/stack-places.ts'

/**
 * `npm run name-stacks`: rewrites log lines with the places in our source files. It reads only source maps.
 */

const help = `npm run --silent name-stacks -- [options] < lines

Reads log lines, or a stack, and writes them with the files, lines and columns of the sources in
place of those of the deployed code. Build what is deployed first: npm run synth, at its commit.

  --function <name>  whose stack it is, as register-docks, where the lines do not say it
  --maps <folder>    where the source maps are; (cdk.out/${sourceMapsFolder})
  --help             this`

const stop = (text: string, status = 1): never => {
  console.error(text)
  process.exit(status)
}

const parsed = () => {
  try {
    const options = {
      function: { type: 'string' },
      maps: { type: 'string' },
      help: { type: 'boolean' },
    } as const
    return parseArgs({ options }).values
  } catch (error) {
    const [problem = ''] = error instanceof Error ? error.message.split('. To specify') : []
    return stop(`${problem}\nTry npm run --silent name-stacks -- --help`, 2)
  }
}

const values = parsed()
const maps = values.maps ?? join('cdk.out', sourceMapsFolder)
const file = functionFiles.find((one) => [one, one.replace(/^.*\//, '')].includes(values.function ?? ''))

const Payload = z.object({
  file: z.string().default(''),
  version: z.number(),
  sources: z.array(z.string()),
  sourcesContent: z.array(z.string()).default([]),
  names: z.array(z.string()),
  mappings: z.string(),
  sourceRoot: z.string().default(''),
})

const mapOf = (of: string) => {
  const path = join(maps, `${of}.mjs.map`)
  if (!existsSync(path)) return undefined
  try {
    return Payload.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return stop(`${path} is no source map: npm run synth makes it anew`)
  }
}

if (values.help) console.log(help)
else if (values.function && !file)
  stop(`There is no function ${values.function}: ${functionFiles.join(', ')}`)
else if (!existsSync(maps)) stop(`There are no source maps in ${maps}: npm run synth makes them`)
else
  for await (const line of createInterface({ input: process.stdin }))
    console.log(withPlaces(line, mapOf, functionFiles, file))
