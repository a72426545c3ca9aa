import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'

/**
 * Messages on their way to the cloud, each a file until the cloud has acknowledged it: a message from the
 * docks' broker survives a crash of the relay and any loss of the connection. A message may be sent twice,
 * but is never lost. The size is limited: the oldest are dropped first, and reported.
 */

const Stored = z.object({ topic: z.string(), payload: z.base64() })
export type Message = { topic: string; payload: Buffer }

type Needs = {
  directory: string
  maxBytes: number
  /** Called with dropped messages: the oldest beyond the limit, or damaged files. */
  lost: (reason: 'spoolFull' | 'spoolDamaged', count: number) => void
}

const suffix = '.json'

/** Opens the spool with the messages of an earlier run. */
export const openSpool = async ({ directory, maxBytes, lost }: Needs) => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const names = (await readdir(directory)).filter((name) => name.endsWith(suffix)).sort()
  const sizes = new Map<string, number>()
  /** Of the files read or written by this run. */
  const topics = new Map<string, string>()
  for (const name of names) sizes.set(name, (await stat(join(directory, name))).size)
  let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  let last = Number.parseInt(names.at(-1) ?? '0', 10)

  const remove = async (name: string): Promise<void> => {
    bytes -= sizes.get(name) ?? 0
    sizes.delete(name)
    topics.delete(name)
    await rm(join(directory, name), { force: true })
  }

  return {
    get size(): number {
      return sizes.size
    },

    /** Resolves when the message is on disk. */
    add: async ({ topic, payload }: Message): Promise<void> => {
      last += 1
      const name = `${String(last).padStart(15, '0')}${suffix}`
      const text = JSON.stringify({ topic, payload: payload.toString('base64') })
      const path = join(directory, name)
      await writeFile(`${path}.new`, text, { mode: 0o600 })
      await rename(`${path}.new`, path)
      sizes.set(name, Buffer.byteLength(text))
      topics.set(name, topic)
      bytes += Buffer.byteLength(text)
      let given = 0
      for (const oldest of sizes.keys()) {
        if (bytes <= maxBytes || oldest === name) break
        await remove(oldest)
        given += 1
      }
      if (given > 0) lost('spoolFull', given)
    },

    /** The oldest messages, at most `most`, without those whose topic waits; `done` removes one. */
    oldest: async (
      most: number,
      isWaiting: (topic: string) => boolean,
    ): Promise<{ message: Message; done: () => Promise<void> }[]> => {
      const found: { message: Message; done: () => Promise<void> }[] = []
      for (const name of [...sizes.keys()]) {
        if (found.length >= most) break
        const topic = topics.get(name)
        if (topic !== undefined && isWaiting(topic)) continue
        const message = await readStored(join(directory, name))
        if (message) topics.set(name, message.topic)
        if (message && isWaiting(message.topic)) continue
        if (message) found.push({ message, done: () => remove(name) })
        // A message dropped for the limit meanwhile is not damaged.
        else if (sizes.has(name)) {
          await remove(name)
          lost('spoolDamaged', 1)
        }
      }
      return found
    },
  }
}

export type Spool = Awaited<ReturnType<typeof openSpool>>

const readStored = async (path: string): Promise<Message | undefined> => {
  try {
    const { topic, payload } = Stored.parse(JSON.parse(await readFile(path, 'utf8')))
    return { topic, payload: Buffer.from(payload, 'base64') }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
