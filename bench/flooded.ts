import { setTimeout as pause } from 'node:timers/promises'
import type { LocalStack } from '../local/start.ts'

/** A neighbour that reports while another source floods. */

/** The neighbour's reports during a flood, one after the other; more where the flood lasts longer. */
const reports = 3
/** Between them: a quiet neighbour. */
const pauseMs = 500

export type Say = (text: string) => void
/** Sends the whole flood; resolves when it is sent. */
type Flood = () => Promise<unknown>
export type Neighbour = {
  report: (percent: number) => Promise<unknown>
  percent: () => Promise<number | undefined>
}
/** Seconds: the neighbour's longest wait, and until all is taken in. */
export type Row = { name: string; longest: number; takenIn: number }

/** The neighbour's longest wait without a flood, and with each. */
export const measure = async (
  stack: LocalStack,
  neighbour: Neighbour,
  floods: readonly { name: string; flood: Flood }[],
  say: Say,
): Promise<Row[]> => {
  const all = [{ name: 'nothing', flood: () => Promise.resolve() }, ...floods]
  const rows: Row[] = []
  let percent = 0
  for (const { name, flood } of all) {
    const began = performance.now()
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
    rows.push({ name, longest: Math.max(...waits), takenIn: (performance.now() - began) / 1000 })
    say(`  ${name}: ${Math.max(...waits).toFixed(1)} s`)
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
