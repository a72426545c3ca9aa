import { readFileSync } from 'node:fs'

export { droppedOf, payload, understood } from '../dji-remote-log/payload.ts'

const folder = new URL('../../../protocols/dji-remote-debug/examples/', import.meta.url)

/** One of the examples, as its bytes stand in the file. */
export const example = (name: string): Uint8Array => readFileSync(new URL(`${name}.json`, folder))
