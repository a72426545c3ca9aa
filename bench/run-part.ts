import { parts } from './parts.ts'

/** Measures one part in its own process and sends the result, so that no part affects another's figures. */
const [name = '', how, before] = process.argv.slice(2)
const part = parts[name]
const run = how === 'quick' ? part?.quick : part?.whole
if (!run) throw new Error(`There is nothing to run as ${name}, ${how}`)
const measured = await run((text) => process.stderr.write(`${text}\n`), before)
process.send?.(measured, () => process.exit())
