import { serialOf, startWithHistory } from './history-of-docks.ts'
import type { Measured, Say } from './part.ts'
import { unitsOf } from './spent.ts'
import { percentile, printTable } from './table.ts'
import { timed } from './timed.ts'

/** The requests of the console's pages: their duration, and their reads of the table. */

const swings =
  'other work on the same two cores makes single requests wait; the CPU time beside it holds, and so does p50.'

/** Before the measured rounds: threads start, code is compiled. */
const warmUpRounds = 30
const rounds = 150

type Address = { name: string; of: 'dock' | 'list'; path: (dockSn: string) => string }

const addresses = (uploadId: string): readonly Address[] => {
  const ofDock = (name: string, path = ''): Address => ({
    name,
    of: 'dock',
    path: (dockSn) => `/v1/docks/${dockSn}${path}`,
  })
  const list = (name: string, path: string): Address => ({ name, of: 'list', path: () => `/v1/${path}` })
  return [
    ofDock('the dock'),
    ofDock('its logs', '/logs'),
    ofDock('25 of its uploads', '/log-uploads?limit=25'),
    ofDock('the upload that it is at', `/log-uploads/${uploadId}`),
    ofDock('its alarms that stand', '/alarms?state=standing'),
    ofDock('its debug mode', '/debug-mode'),
    list('25 docks', 'docks?limit=25'),
    list('25 docks that are there', 'docks?limit=25&presence=online'),
    list('25 uploads', 'log-uploads?limit=25'),
    list('25 alarms', 'alarms?limit=25'),
  ]
}

type Took = { ms: number[]; cpuMs: number; units: number }

export const consoleReads = async (docks: number, say: Say): Promise<Measured> => {
  let units = 0
  const meter = (usage: Parameters<typeof unitsOf>[0]) => {
    units += unitsOf(usage)
  }
  say(`  fills the table with ${docks} docks`)
  const { stack, uploadId, stop } = await startWithHistory(docks, { meter })
  const get = async (path: string): Promise<number> => {
    const began = performance.now()
    const response = await fetch(`${stack.url}${path}`)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
    return performance.now() - began
  }
  /** Another dock in every round; a prime avoids any pattern with the docks. */
  const dockOf = (round: number): string => serialOf((round * 7) % docks)

  const measure = async ({ path }: Address): Promise<Took> => {
    for (let round = 0; round < warmUpRounds; round++) await get(path(dockOf(round)))
    await stack.idle()
    units = 0
    const ms: number[] = []
    const { cpuSeconds } = await timed(async () => {
      for (let round = 0; round < rounds; round++) ms.push(await get(path(dockOf(round))))
    })
    return { ms, cpuMs: (cpuSeconds * 1_000) / rounds, units: units / rounds }
  }

  /** Like opening the page: until its last answer. */
  const openPage = async (page: readonly Address[]): Promise<number[]> => {
    const ms: number[] = []
    for (let round = 0; round < rounds; round++) {
      const began = performance.now()
      await Promise.all(page.map(({ path }) => get(path(dockOf(round)))))
      ms.push(performance.now() - began)
    }
    return ms
  }

  const all = addresses(uploadId)
  const measured: (Address & Took)[] = []
  for (const address of all) {
    say(`  ${address.name}`)
    measured.push({ ...address, ...(await measure(address)) })
  }
  const page = all.filter(({ of }) => of === 'dock')
  const opened = await openPage(page)
  await stop()

  const ofPage = measured.filter(({ of }) => of === 'dock')
  const slowest = Math.max(...ofPage.map(({ ms }) => percentile(ms, 95)))
  const sum = (of: (one: Took) => number): number => ofPage.reduce((total, one) => total + of(one), 0)
  const row = (name: string, ms: readonly number[], cpuMs: number, read: number): string[] => [
    name,
    ...[50, 95].map((of) => percentile(ms, of).toFixed(1)),
    cpuMs.toFixed(1),
    read.toFixed(1),
  ]
  return {
    text: `${printTable(
      [
        `GET, ${docks.toLocaleString('en-US')} docks with history`,
        'ms: p50',
        'p95',
        'CPU time, ms',
        'read units',
      ],
      [
        ...measured.map(({ name, ms, cpuMs, units: read }) => row(name, ms, cpuMs, read)),
        row(
          'a dock’s page, all of its six at once',
          opened,
          sum(({ cpuMs }) => cpuMs),
          sum(({ units: read }) => read),
        ),
      ],
    )}

Each dock has been at work for a month: 30 uploads, 20 alarms, 80 logs, one upload under way. One GET after the other, over HTTP, with all of the local
runtime between: gateway, function, role, table, whose lists lag as DynamoDB's do. \`npm test\` holds the requests and the units of each.
CPU time is of all threads, the client's in this process too.`,
    goals: [
      {
        of: `ms at p95 of the slowest GET of a dock's page, ${docks} docks with history`,
        bound: 'under' as const,
        limit: 30,
        measured: slowest,
        ifMissed: swings,
      },
    ],
  }
}
