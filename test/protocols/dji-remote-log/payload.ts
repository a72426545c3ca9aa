import { readFileSync } from 'node:fs'
import type { Read } from '../../../protocols/message.ts'

/** What the readers take: the bytes of a message. */
export const payload = (message: unknown): Uint8Array => Buffer.from(JSON.stringify(message))

const folder = new URL('../../../protocols/dji-remote-log/examples/', import.meta.url)

/** One of the vendor's examples, as its bytes stand in the file. */
export const example = (name: string): Uint8Array => readFileSync(new URL(`${name}.json`, folder))

/** The fact of a message that has to be understood. */
export const understood = <Fact>(read: Read<Fact>): Fact => {
  if (read.outcome !== 'understood') throw new Error(`not understood: ${JSON.stringify(read)}`)
  return read.fact
}

/** The places of what was dropped of a message that has to be understood. */
export const droppedOf = (read: Read<unknown>): readonly string[] => {
  if (read.outcome !== 'understood') throw new Error(`not understood: ${JSON.stringify(read)}`)
  return read.dropped ?? []
}
