import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClock } from '../../local/clock.ts'
import { seededRandom } from '../../local/seeded-random.ts'
import { moduleCodes } from '../../protocols/dji-remote-log/module-codes.ts'
import { attendDock, type Command, dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { progressPayload } from '../support/dock-messages.ts'
import { startProcess } from '../support/local-process.ts'
import { backendAt, onlyLocal, openLocal } from '../support/story.ts'
import { violations } from './invariant.ts'
import { seeds } from './seeds.ts'
import type { Spoken } from './spoken.ts'
import { watchEnds } from './watch.ts'

const minutes = (n: number) => n * 60_000

/** What a dock reports from the beginning of an export to its end. */
const course: { status: string; step: number; percent: number; result?: number }[] = [
  ...[20, 60, 100].map((percent) => ({ status: 'file_pull', step: 1, percent })),
  ...[30, 100].map((percent) => ({ status: 'file_zip', step: 2, percent })),
  ...[10, 40, 70, 100].map((percent) => ({ status: 'file_uploading', step: 3, percent })),
  { status: 'failed', step: 3, percent: 100, result: 324019 },
]

/** What docks said until the process was killed, and afterwards. */
const createLog = () => {
  const spoken: Spoken[] = []
  const gone = Promise.withResolvers<never>()
  gone.promise.catch(() => {})
  let waiting = { acknowledgements: Number.POSITIVE_INFINITY, resolve: () => {} }
  return {
    spoken,
    /** Nobody acknowledges any more what is on its way. */
    lose: () => gone.reject(new Error('the backend is gone')),
    /** Resolves when so many more reports were acknowledged. */
    after: (acknowledgements: number): Promise<void> =>
      new Promise((resolve) => {
        waiting = { acknowledgements, resolve }
      }),
    /** Rejects when the process is gone, or the connection. */
    say: async (
      dock: Pick<Dock, 'publish'>,
      source: string,
      topic: string,
      payload: object,
    ): Promise<void> => {
      const bytes = Buffer.from(JSON.stringify(payload))
      const one: Spoken = { source, kind: 'events', payload: bytes, certain: false }
      spoken.push(one)
      await Promise.race([dock.publish(topic, bytes), gone.promise])
      one.certain = true
      waiting.acknowledgements -= 1
      if (waiting.acknowledgements <= 0) waiting.resolve()
    },
  }
}
type Log = ReturnType<typeof createLog>
type Dock = Awaited<ReturnType<typeof attendDock>>

const payloadOf = (command: Command, { status, step, percent, result = 0 }: (typeof course)[number]) => {
  const [key = ''] = lentBy(command).keys
  const progress = { status, current_step: step, total_step: 3, progress: percent, result }
  return progressPayload(command.bid, [{ module: moduleCodes.dock, key, size: 1000, progress }])
}

/**
 * Says the course from its `from`th report on; answers how many were acknowledged before the backend was
 * gone.
 */
const reportAll = async (
  log: Log,
  dock: Dock,
  { dockSn, command, from }: { dockSn: string; command: Command; from: number },
): Promise<number> => {
  for (const [n, step] of course.entries())
    if (n >= from)
      try {
        await log.say(dock, dockSn, dock.topics.events, payloadOf(command, step))
      } catch {
        return n
      }
  return course.length
}

const dataDirectory = async (t: TestContext): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-killed-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Docks that have been told to upload, and report at once until the process is killed in between. */
const reportUntilKilled = async (t: TestContext, data: string, log: Log, seed: number) => {
  const killed = await startProcess(t, data)
  const docks = await Promise.all(
    [1, 2, 3].map(async () => {
      const dock = await dockByHand(t, backendAt(killed))
      const { command } = await dock.startUpload()
      await dock.answer(command, { result: 0 })
      return { ...dock, command }
    }),
  )
  // By the number of messages and not by time, so that it is in the middle on every machine.
  const most = docks.length * (course.length - 1)
  const enough = log.after(1 + Math.floor(seededRandom(seed)() * most))
  const reporting = docks.map((dock) => reportAll(log, dock, { ...dock, from: 0 }))
  await enough
  await killed.kill()
  log.lose()
  const reached = await Promise.all(reporting)
  return docks.map(({ dockSn, command }, n) => ({ dockSn, command, from: reached[n] ?? 0 }))
}

for (const seed of seeds)
  test(`a backend that is killed while docks report loses nothing, GROUNDCREW_SEED=${seed}`, {
    skip: onlyLocal,
  }, async (t) => {
    const data = await dataDirectory(t)
    const before = createLog()
    const halfway = await reportUntilKilled(t, data, before, seed)
    assert(halfway.some(({ from }) => from < course.length))

    const clock = createClock()
    const backend = await openLocal(t, { dataDirectory: data, clock })
    const docks = halfway.map(({ dockSn }) => dockSn)
    const seen = watchEnds(backend, docks)
    await seen.look()
    const after = createLog()
    for (const one of halfway) await reportAll(after, await attendDock(t, backend, one.dockSn), one)
    for (let round = 0; round < 6; round += 1) {
      await backend.idle()
      clock.advance(minutes(15))
      await backend.idle()
      await seen.look()
    }
    const spoken = [...before.spoken, ...after.spoken]
    assert.deepEqual(await violations({ stack: backend, docks, devices: [], spoken, seen }), [])
  })
