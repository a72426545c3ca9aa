import * as z from 'zod'
import { withDockServer } from '../local/dock-server.ts'
import { type LocalDeployment, start } from '../local/start.ts'
import type { Usage } from '../test/support/table.ts'
import { type AskingDock, connectDock, serial } from './asking-dock.ts'
import { eachOf } from './each-of.ts'
import { type Spent, unitsOf } from './spent.ts'
import { percentile, printTable } from './table.ts'
import { unthrottled } from './unthrottled.ts'

/** How long docks wait for answers, and whether a whole fleet that reconnects within a minute recovers. */

const questions = ['config', 'bindStatus', 'topology'] as const
const organizationId = 'bench'
const rounds = 200
/** Recorded docks send `osd` and their alarms every two seconds. */
const workEveryMs = 2_000

const Code = z.object({ code: z.string() })
const Seen = z.object({ presence: z.object({ state: z.string() }) })

const call = async (
  stack: LocalDeployment,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> => {
  const response = await fetch(`${stack.url}${path}`, { method, ...(body && { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

const open = async () => {
  const used: Spent = { write: 0, read: 0 }
  const meter = (usage: Usage) => {
    used[usage.kind] += unitsOf(usage)
  }
  const stack = await start({ ...withDockServer(), alter: unthrottled, meter })
  await call(stack, 'PUT', `/v1/organizations/${organizationId}`, { name: 'Bench' })
  const codes = `/v1/organizations/${organizationId}/binding-codes`
  const { code } = Code.parse(await call(stack, 'POST', codes, { uses: 1_000 }))
  /** The units of a task, until everything is idle after it. */
  const metered = async (task: () => Promise<unknown>): Promise<Spent> => {
    await stack.idle()
    const before = { ...used }
    await task()
    await stack.idle()
    return { write: used.write - before.write, read: used.read - before.read }
  }
  return { stack, metered, member: { organizationId, bindingCode: code } }
}

const connectAll = async (url: string, count: number): Promise<AskingDock[]> => {
  const docks: AskingDock[] = []
  await eachOf([...Array(count).keys()], 20, async (n) => {
    docks[n] = await connectDock(url, n)
  })
  return docks
}

/** One dock after the other sends requests while all of them are active. */
const measureLatency = async (count: number): Promise<Record<(typeof questions)[number], number[]>> => {
  const { stack, member } = await open()
  const docks = await connectAll(stack.mqttUrl, count)
  await eachOf(docks, 10, (dock) => dock.comeOnline(member))
  await stack.idle()
  const all = { config: [] as number[], bindStatus: [] as number[], topology: [] as number[] }
  const atWork = docks.map((dock, n) => {
    const spread = setInterval(() => void dock.work(), workEveryMs + (n % 100))
    return () => clearInterval(spread)
  })
  await eachOf([...Array(Math.max(rounds, count)).keys()], Math.min(count, 3), async (n) => {
    const took = await docks[n % count]?.latencies()
    for (const question of questions) all[question].push(took?.[question] ?? Number.NaN)
  })
  for (const end of atWork) end()
  await Promise.all(docks.map((dock) => dock.close()))
  await stack.stop()
  return all
}

export const measureAnswers = async (fleets: readonly number[], say: (text: string) => void) => {
  const rows: string[][] = []
  const slowest: { docks: number; p99: number }[] = []
  for (const docks of fleets) {
    say(`  ${docks} docks at work`)
    const all = await measureLatency(docks)
    const p99 = Math.max(...questions.map((question) => percentile(all[question], 99)))
    slowest.push({ docks, p99 })
    rows.push([
      String(docks),
      ...questions.flatMap((question) => [50, 99].map((of) => percentile(all[question], of).toFixed(0))),
    ])
  }
  const head = questions.flatMap((question) => [`${question}, ms: p50`, 'p99'])
  return { slowest, text: printTable(['docks at work', ...head], rows) }
}

const isOnline = async (stack: LocalDeployment, n: number): Promise<boolean> =>
  Seen.parse(await call(stack, 'GET', `/v1/docks/${serial(n)}`)).presence.state === 'online'

export type Reconnects = {
  docks: number
  online: number
  answered: number
  deadLetters: number
  seconds: number
  binding: Spent
  reconnect: Spent
}

/**
 * All docks bind, lose their connections at once, and come back twenty at a time, as fast as the machine can.
 * Lifecycle events come twice and out of order. A dock without any answer fails the run.
 */
export const measureReconnects = async (count: number): Promise<Reconnects> => {
  const { stack, metered, member } = await open()
  const docks = await connectAll(stack.mqttUrl, count)
  const bound = await metered(() => eachOf(docks, 10, (dock) => dock.comeOnline(member)))
  stack.faults.disturbQueues({ seed: 1, duplicate: 1, delay: 0.5, delayMs: 1_000, reorder: true })
  let answered = 0
  const again: AskingDock[] = []
  const began = performance.now()
  const back = await metered(async () => {
    await Promise.all(docks.map((dock) => dock.unplug()))
    await eachOf([...docks.keys()], 20, async (n) => {
      const dock = await connectDock(stack.mqttUrl, n)
      again.push(dock)
      // Without a code: the binding must be known.
      await dock.comeOnline({ organizationId })
      answered += 1
    })
  })
  const seconds = (performance.now() - began) / 1_000
  // A gap of a minute is no absence: a dock whose return went unnoticed is offline only afterwards.
  stack.clock.advance(180_000)
  await stack.idle()
  let online = 0
  await eachOf([...docks.keys()], 10, async (n) => {
    if (await isOnline(stack, n)) online += 1
  })
  const deadLetters = stack.deadLetters().length
  await Promise.all(again.map((dock) => dock.close()))
  await stack.stop()
  const each = ({ write, read }: Spent): Spent => ({ write: write / count, read: read / count })
  const units = { binding: each(bound), reconnect: each(back) }
  return { docks: count, online, answered, deadLetters, seconds, ...units }
}
