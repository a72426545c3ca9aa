import { setTimeout as pause } from 'node:timers/promises'
import mqtt from 'mqtt'
import { start } from '../local/start.ts'
import { changeInStream, throughQueue } from './cost-per-report.ts'
import { eachOf } from './each-of.ts'
import { asDesigned, type Batches, type Design, designs } from './ends-designs.ts'
import { openDevice, openDock, type Probe } from './ends-probes.ts'
import type { Goal } from './goals.ts'
import type { Measured, Say } from './part.ts'
import { prices } from './prices.ts'
import { percentile, printTable } from './table.ts'

/**
 * The time from publish to visible in `GET`, for final reports and for percentages, while docks are active:
 * for each of three designs, alternating, with the cost of a million reports.
 */

/** The report interval of active docks. */
const workEveryMs = 1_000
/** Concurrent probes of docks, and of devices. */
const lanes = 1

const kinds = ['docks: ends', 'docks: percentages', 'devices: ends', 'devices: percentages'] as const
type Waits = Record<(typeof kinds)[number], number[]>
const nothing = (): Waits => ({
  'docks: ends': [],
  'docks: percentages': [],
  'devices: ends': [],
  'devices: percentages': [],
})

const numbers = (count: number): number[] => [...Array(count).keys()]

const waitFor = async ({ say, shows }: Probe, is: 'end' | 'percent'): Promise<number> => {
  const began = performance.now()
  await say(is)
  while (!(await shows(is))) {
    if (performance.now() - began > 60_000) throw new Error(`an ${is} is not seen after a minute`)
    await pause(10)
  }
  return performance.now() - began
}

/** Makes docks report, evenly spread over time; the returned function ends it. */
const setToWork = (docks: readonly (() => Promise<unknown>)[]): (() => void) => {
  let next = 0
  const timer = setInterval(() => void docks[next++ % docks.length]?.(), workEveryMs / docks.length)
  return () => clearInterval(timer)
}

type Extent = { docks: number; probes: number; rounds: number }

const measure = async (design: Design, { docks, probes }: Extent, waits: Waits): Promise<void> => {
  const stack = await start({ alter: asDesigned(design) })
  const client = await mqtt.connectAsync(stack.mqttUrl)
  const opened: Awaited<ReturnType<typeof openDock>>[] = []
  const devices: Probe[] = []
  await eachOf(numbers(docks + probes), 10, async (n) => {
    opened[n] = await openDock(stack, client, n)
  })
  await eachOf(numbers(probes), 10, async (n) => {
    devices[n] = await openDevice(stack, client, n)
  })
  await stack.warm()
  await stack.idle()
  const rest = setToWork(opened.slice(0, docks).map(({ work }) => work))
  await pause(2 * workEveryMs)
  const ask = (of: 'docks' | 'devices', from: readonly Probe[]) =>
    eachOf(from, lanes, async (probe) => {
      waits[`${of}: percentages`].push(await waitFor(probe, 'percent'))
      waits[`${of}: ends`].push(await waitFor(probe, 'end'))
    })
  const asked = opened.slice(docks).map(({ probe }) => probe)
  await Promise.all([ask('docks', asked), ask('devices', devices)])
  rest()
  await stack.idle()
  await client.endAsync()
  await stack.stop()
}

/** Lambda's number of pollers per queue, each of which fills its own batches. */
const pollers = 5
/** The duration of a small batch's invocation, while more messages come. */
const busySeconds = 0.02
/** Two of an upload's sixty reports are final. */
const endsAmong = 2 / 60

/** The batch size for an even stream of `aSecond` messages a second. */
const fill = ({ windowSeconds, size }: Batches, aSecond: number): number =>
  Math.min(size, Math.max(1, (aSecond * Math.max(windowSeconds, busySeconds)) / pollers))

const dollars = (batches: Batches, aSecond: number, units: number): number =>
  (throughQueue(fill(batches, aSecond)) + units * (prices.dynamoWrite + changeInStream)) * 1e6

const ofDocks = ({ docks, isSplit }: Design, aSecond: number): number => {
  if (!isSplit) return dollars(docks, aSecond, 1)
  const ends = { windowSeconds: 0, size: 10 }
  return (
    endsAmong * dollars(ends, aSecond * endsAmong, 1) +
    (1 - endsAmong) * dollars(docks, aSecond * (1 - endsAmong), 1)
  )
}

const rates = [1, 10, 100, 1_000]

const priceTable = (): string =>
  printTable(
    [
      'US dollars a million reports, at a second',
      ...rates.map((rate) => `docks: ${rate}`),
      ...rates.map((rate) => `devices: ${rate}`),
    ],
    designs.map((design) => [
      design.name,
      ...rates.map((rate) => ofDocks(design, rate).toFixed(2)),
      ...rates.map((rate) => dollars(design.devices, rate, 2).toFixed(2)),
    ]),
  )

export const ends = async (extent: Extent, say: Say): Promise<Measured> => {
  const measured = designs.map((design) => ({ design, waits: nothing() }))
  for (let round = 1; round <= extent.rounds; round++)
    for (const { design, waits } of measured) {
      say(`  ${design.name}, round ${round} of ${extent.rounds}`)
      await measure(design, extent, waits)
    }
  const rows = measured.map(({ design, waits }) => [
    design.name,
    ...kinds.flatMap((kind) => [50, 99].map((of) => percentile(waits[kind], of).toFixed(0))),
  ])
  const ours = measured.at(-1)?.waits ?? nothing()
  const goal = (kind: 'docks: ends' | 'devices: ends', of: number, limit: number): Goal => ({
    of: `ms at p${of} from publish to visible, ${extent.docks} docks at work, ${kind}`,
    bound: 'under',
    limit,
    measured: percentile(ours[kind], of),
  })
  return {
    text: `${printTable(
      ['ms from publish to GET', ...kinds.flatMap((kind) => [`${kind}, p50`, 'p99'])],
      rows,
    )}

${extent.docks} docks report a percent a second each. Meanwhile ${extent.rounds * extent.probes} more docks, and as many devices, report a percentage and then an end, ${lanes} of each at
a time; \`GET\` is asked every ten milliseconds or so. The designs take turns, each on a stack of its own.

${priceTable()}

On paper: with \`bench/prices.ts\`, ${pollers} pollers that each fill batches of their own, a write unit a report of a dock and two of a device's, and the stream.
Two of sixty reports of a dock are ends. No design costs more at rest than another: none has a queue more.`,
    goals: (['docks: ends', 'devices: ends'] as const).flatMap((kind) => [
      goal(kind, 50, 150),
      goal(kind, 99, 400),
    ]),
  }
}
