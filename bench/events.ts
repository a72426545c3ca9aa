import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { start } from '../local/start.ts'
import { connectDock } from './asking-dock.ts'
import { idleOfEvents } from './cost-per-month.ts'
import { eachOf } from './each-of.ts'
import { eventsCostTables } from './events-cost.ts'
import { measureLives } from './lives.ts'
import type { Measured, Say } from './part.ts'
import { percentile, printTable } from './table.ts'
import { unthrottled } from './unthrottled.ts'

/** The time from a change to the bus and to a webhook, its cost, and the cost at rest. */

const created = 'groundcrew.campaign.created.v1'
const patience = 60_000
const Published = z.object({ type: z.string(), subject: z.string() })

/** When the first event of each campaign arrived. */
const arrivals = () => {
  const at = new Map<string, PromiseWithResolvers<number>>()
  const of = (id: string) => {
    const known = at.get(id) ?? Promise.withResolvers<number>()
    at.set(id, known)
    return known
  }
  return {
    of: (id: string) => of(id).promise,
    take: (event: unknown): void => {
      const { type, subject } = Published.parse(event)
      if (type === created) of(subject.split('/')[1] ?? '').resolve(performance.now())
    },
  }
}

const startReceiver = async (take: (event: unknown) => void) => {
  const server = createServer(async (request, response) => {
    take(JSON.parse(await text(request)))
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const stop = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}/`, stop }
}

const inTime = (arrival: Promise<number>): Promise<number> =>
  Promise.race([
    arrival,
    new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error('an event did not come')), patience).unref(),
    ),
  ])

/**
 * Creates campaigns, one after the other, while docks are active: the change with the fewest side effects.
 */
const measureLatency = async (docks: number, changes: number) => {
  const [onBus, atReceiver] = [arrivals(), arrivals()]
  const receiver = await startReceiver(atReceiver.take)
  const stack = await start({ alter: unthrottled, onEvent: (event) => onBus.take(event.detail) })
  const call = async (method: string, path: string, body: object): Promise<void> => {
    const response = await fetch(`${stack.url}/v1${path}`, { method, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  }
  await call('PUT', '/webhooks/bench', { url: receiver.url, types: ['groundcrew.*'] })
  const atWork = await Promise.all(Array.from({ length: docks }, (_, n) => connectDock(stack.mqttUrl, n)))
  const timers = atWork.map((dock, n) => setInterval(() => void dock.work(), 2_000 + (n % 100)))
  const took = { bus: [] as number[], webhook: [] as number[] }
  const ids = Array.from({ length: changes + 5 }, (_, n) => `bench-${n}`)
  await eachOf([...ids.entries()], 1, async ([n, id]) => {
    const began = performance.now()
    await call('PUT', `/campaigns/${id}`, { name: id, package: 'firmware', targetVersion: '2.0' })
    const [bus, webhook] = await Promise.all([inTime(onBus.of(id)), inTime(atReceiver.of(id))])
    // The first ones start threads.
    if (n < 5) return
    took.bus.push(bus - began)
    took.webhook.push(webhook - began)
  })
  for (const timer of timers) clearInterval(timer)
  await Promise.all(atWork.map((dock) => dock.close()))
  await stack.stop()
  receiver.stop()
  return took
}

export const events = async (
  { docks, changes }: { docks: number; changes: number },
  say: Say,
): Promise<Measured> => {
  say(`  ${docks} docks at work`)
  const took = await measureLatency(docks, changes)
  const idle = await idleOfEvents()
  const times = (name: string, all: readonly number[]): string[] => [
    name,
    ...[50, 99].map((of) => percentile(all, of).toFixed(0)),
  ]
  const latency = printTable(
    [`From the request that changes something, ${docks} docks at work, ms`, 'p50', 'p99'],
    [times('on the bus', took.bus), times('at a webhook', took.webhook)],
  )
  return {
    text: `${latency}

${changes} campaigns, made one after the other; the request itself is in it, and so is the waiting of the local bus, which is sometimes late on
purpose. The receiver is on the same machine.

${eventsCostTables(await measureLives())}

At rest, a month: ${idle.alarms.toFixed(2)} US dollars for the metrics of alarms, ${idle.sweeps.toFixed(2)} for the sweeps of collections and webhooks. Nothing of it polls.`,
    goals: [
      {
        of: 'US dollars a month idle for events and automation',
        bound: 'at most' as const,
        limit: 0.2,
        measured: idle.alarms + idle.sweeps,
      },
    ],
  }
}
