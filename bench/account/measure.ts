import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { inOneLine } from '../../bin/fault-in-words.ts'
import { methods } from '../../protocols/dji-remote-log/topics.ts'
import { type Budget, BudgetSpent, createBudget } from './budget.ts'
import type { Asked } from './command.ts'
import { connectDock, type MeasuredDock, Unreachable } from './dock.ts'

/** Rounds of one upload each: the time until the API shows the dock's answer, a percentage, and the end. */

const kinds = ['answer', 'percentage', 'end'] as const
export type Kind = (typeof kinds)[number]

/** Milliseconds of each round, from before the publish to the answer of the API that shows it. */
export type Figures = Record<Kind, number[]> & {
  /** The duration of a poll without news; each figure includes it, and half a poll interval. */
  look: number[]
  spent: ReturnType<Budget['spent']>
  /** Why fewer rounds were measured than requested. */
  stopped?: string
}

const Created = z.object({ id: z.string() })
const Archive = z.object({ state: z.string(), percent: z.number(), objectKey: z.string() })
const Upload = z.object({ state: z.string(), archives: z.tuple([Archive]) })
type Upload = z.infer<typeof Upload>
const Logs = z.object({ modules: z.array(z.unknown()) })

const patienceMs = 60_000

const connectApi = ({ url, token }: Asked, budget: Budget) => {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    budget.spend('request')
    const response = await answered(url, path, {
      method,
      signal: AbortSignal.timeout(patienceMs),
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
    return JSON.parse(text)
  }
  return { call }
}

const answered = async (url: string, path: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(`${url}${path}`, init)
  } catch (error) {
    throw new Unreachable(`${url} does not answer: ${inOneLine(error)}`, { cause: error })
  }
}

const report = (objectKey: string, progress: object, status?: string) => ({
  result: 0,
  output: {
    ...(status ? { status } : {}),
    ext: { files: [{ module: '3', key: objectKey, size: 50_000_000, progress }] },
  },
})

type World = {
  asked: Asked
  call: ReturnType<typeof connectApi>['call']
  dock: MeasuredDock
  figures: Figures
}

/** Registers the dock, and makes it list one log. */
const prepare = async ({ call, dock }: World): Promise<void> => {
  const path = `/v1/docks/${dock.dockSn}`
  await call('PUT', path, { name: 'Measured by npm run measure', fleet: 'measure' })
  const command = dock.next(methods.list)
  await call('POST', `${path}/log-listings`, { modules: ['dock'] })
  const log = { boot_index: 1, start_time: 1_700_000_000, end_time: 1_700_000_100, size: 50_000_000 }
  const files = [{ module: '3', result: 0, device_sn: dock.dockSn, list: [log] }]
  await dock.answer(await command, { result: 0, files })
  const until = Date.now() + patienceMs
  while (Logs.parse(await call('GET', `${path}/logs`)).modules.length === 0) {
    if (Date.now() > until) throw new Error('the list of logs was not taken in within a minute')
    await pause(500)
  }
}

/** Polls until the value appears. Resolves to it, and records the time since `began`. */
const seen = async (
  { asked, call, figures }: World,
  path: string,
  kind: Kind,
  began: number,
  fits: (upload: Upload) => boolean,
): Promise<Upload> => {
  for (;;) {
    const looked = performance.now()
    const upload = Upload.parse(await call('GET', path))
    const now = performance.now()
    figures.look.push(now - looked)
    if (fits(upload)) {
      figures[kind].push(now - began)
      return upload
    }
    if (now - began > patienceMs) throw new Error(`the ${kind} of ${path} was not seen within a minute`)
    await pause(asked['poll-ms'])
  }
}

const measureRound = async (world: World): Promise<void> => {
  const { call, dock } = world
  const uploads = `/v1/docks/${dock.dockSn}/log-uploads`
  const command = dock.next(methods.start)
  const selections = [{ module: 'dock', bootIndexes: [1] }]
  const { id } = Created.parse(await call('POST', uploads, { selections, note: 'npm run measure' }))
  const path = `${uploads}/${id}`
  const started = await command

  let began = performance.now()
  await dock.answer(started, { result: 0 })
  const { archives } = await seen(world, path, 'answer', began, ({ state }) => state === 'accepted')
  const [{ objectKey }] = archives

  began = performance.now()
  const percent = { status: 'file_uploading', current_step: 1, total_step: 1, progress: 42 }
  await dock.report(started.bid, report(objectKey, percent))
  await seen(world, path, 'percentage', began, ({ archives: [archive] }) => archive.percent === 42)

  began = performance.now()
  await dock.report(started.bid, report(objectKey, { ...percent, status: 'failed' }, 'failed'))
  await seen(world, path, 'end', began, ({ state }) => state === 'failed')
}

/**
 * Stops at the end of the budget, and then reports that. @throws Error if the backend or the broker does not
 * answer.
 */
export const measure = async (asked: Asked, say: (text: string) => void): Promise<Figures> => {
  const budget = createBudget({ messages: asked['most-messages'], dollars: asked['most-dollars'] })
  const figures: Figures = { answer: [], percentage: [], end: [], look: [], spent: budget.spent() }
  let dock: MeasuredDock | undefined
  try {
    dock = await connectDock(asked, budget)
    const world: World = { asked, ...connectApi(asked, budget), dock, figures }
    await prepare(world)
    for (let round = 1; round <= asked.rounds; round++) {
      await measureRound(world)
      if (round % 10 === 0) say(`${round} of ${asked.rounds} rounds`)
    }
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error
    figures.stopped = error.message
  } finally {
    await dock?.close()
  }
  return { ...figures, spent: budget.spent() }
}
