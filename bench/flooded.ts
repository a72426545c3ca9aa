import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { messages } from '../lambdas/runtime/log.ts'
import { type LocalDeployment, start } from '../local/start.ts'

/** A neighbour that reports while another source floods. */

/** The neighbour's reports during a flood, one after the other; more if the flood lasts longer. */
const reports = 3
/** The pause between them. */
const pauseMs = 500

export type Say = (text: string) => void
/** Sends the whole flood; resolves when it is sent. */
type Flood = () => Promise<unknown>
export type Neighbour = {
  report: (percent: number) => Promise<unknown>
  percent: () => Promise<number | undefined>
}
/**
 * Seconds: the neighbour's longest wait, and until all is recorded. `putBack`: failed messages, which come
 * again minutes later.
 */
export type Row = { name: string; longest: number; takenIn: number; putBack: number }

export type Watched = { stack: LocalDeployment; putBack: () => number }

const Line = z.object({ message: z.string(), messageIds: z.array(z.string()).optional() })

/** A stack that counts the messages that its functions failed. */
export const startWatched = async (): Promise<Watched> => {
  let failed = 0
  const log = (_: string, line: string): void => {
    // A line that is not JSON is a failed invocation with its whole batch.
    const { data } = line.startsWith('{') ? Line.safeParse(JSON.parse(line)) : { data: undefined }
    if (!line.startsWith('{')) failed += 1
    if (data?.message === messages.batchItemFailed[1]) failed += data.messageIds?.length ?? 1
  }
  return { stack: await start({ log }), putBack: () => failed }
}

/** The neighbour's longest wait without a flood, and with each. */
export const measure = async (
  { stack, putBack }: Watched,
  neighbour: Neighbour,
  floods: readonly { name: string; flood: Flood }[],
  say: Say,
): Promise<Row[]> => {
  const all = [{ name: 'nothing', flood: () => Promise.resolve() }, ...floods]
  const rows: Row[] = []
  let percent = 0
  for (const { name, flood } of all) {
    const [began, before] = [performance.now(), putBack()]
    let isSent = false
    const sending = flood().finally(() => {
      isSent = true
    })
    const waits: number[] = []
    while (!isSent || waits.length < reports) {
      waits.push(await seenAfter(neighbour, ++percent % 100))
      await pause(pauseMs)
    }
    await sending
    await stack.idle()
    const longest = Math.max(...waits)
    rows.push({ name, longest, takenIn: (performance.now() - began) / 1000, putBack: putBack() - before })
    say(`  ${name}: ${longest.toFixed(1)} s`)
  }
  return rows
}

const mostSeconds = 120

const seenAfter = async (neighbour: Neighbour, percent: number): Promise<number> => {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  await neighbour.report(percent)
  while ((await neighbour.percent()) !== percent) {
    if (seconds() > mostSeconds) throw new Error(`the report is not seen after ${mostSeconds} s`)
    await pause(50)
  }
  return seconds()
}
