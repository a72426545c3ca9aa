import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { seededRandom } from '../../local/seeded-random.ts'
import { moduleCodes } from '../../protocols/dji-remote-log/module-codes.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { topicsOf as deviceTopicsOf } from '../../protocols/huawei-ota/topics.ts'
import { progressPayload } from '../support/dock-messages.ts'
import { isLong } from './seeds.ts'
import type { World } from './world.ts'

/**
 * What is tried, and what must hold while it lasts; `invariant.ts` says what must hold afterwards, always.
 */
export type Fault = {
  name: string
  /** Does the fault, has the world work in it, and mends it. */
  during: (world: World, seed: number) => Promise<void>
}

const minutes = (n: number) => n * 60_000
const hours = (n: number) => minutes(60 * n)

/**
 * Has the world work under a fault that `begin` starts. Its result ends it, and says how often it has struck,
 * where it can. Answers what docks' starts were answered.
 */
const workUnder = async ({ work, stack }: World, begin: () => () => unknown): Promise<number[]> => {
  const end = begin()
  const answers = await work()
  await stack.idle()
  assert.notEqual(end(), 0, 'the fault never struck')
  return answers
}

/**
 * Without what it needs to give its orders, nothing starts, no dock is held, and the caller is told to try
 * again.
 */
const nothingStarts =
  (service: 'sts' | 'iot'): Fault['during'] =>
  async (world) => {
    const answers = await workUnder(world, () => world.stack.faults.failService(service))
    assert.deepEqual([...new Set(answers)], [503])
    for (const dock of world.docks) assert.equal((await dock.read()).activeUpload, undefined)
  }

/** Each write has one chance in so many to be the last that the functions behind the queues make. */
const writesBeforeCrash = 8

const crashing: Fault['during'] = async (world, seed) => {
  const random = seededRandom(seed)
  const { faults } = world.stack
  const functions = ['record-replies', 'record-progress', 'record-upgrades', 'verify-archives']
  await workUnder(world, () => {
    let crashes = 0
    const end = faults.onDatabaseWrite(() => {
      const name = functions[Math.floor(random() * functions.length * writesBeforeCrash)]
      if (!name) return
      crashes += 1
      void faults.crashFunction(name)
    })
    return () => {
      end()
      return crashes
    }
  })
}

/** No JSON, and so many in each batch as there are messages of a kind. */
const poisonous: Fault['during'] = async ({ docks, devices, say, work }) => {
  const topics = [
    ...docks.flatMap(({ dockSn }) => [topicsOf(dockSn).events, topicsOf(dockSn).servicesReply]),
    ...devices.map(({ deviceId }) => deviceTopicsOf(deviceId).events),
  ]
  const poison = () => Promise.all(topics.map((topic) => say(topic, '{"method":"fileupload_progress",')))
  await poison()
  const working = work()
  await poison()
  await working
  await poison()
}

/** A dock also takes back what it said of its ends; with some luck that is heard first. */
const disordered: Fault['during'] = async (world, seed) => {
  const chaos = { seed, duplicate: 0.3, delay: 0.5, delayMs: minutes(5), reorder: true }
  const end = world.stack.faults.disturbQueues(chaos)
  await world.work()
  const [dock] = world.docks
  assert(dock)
  for (const { module, objectKey } of (await dock.newest()).archives) {
    await world.untilSaid(objectKey, 'ok')
    const progress = { status: 'failed', current_step: 3, total_step: 3, progress: 100, result: 324019 }
    const file = { module: moduleCodes[module], key: objectKey, progress }
    await world.say(topicsOf(dock.dockSn).events, JSON.stringify(progressPayload(randomUUID(), [file])))
  }
  await world.stack.idle()
  await world.look()
  end()
}

const clocksStep: Fault['during'] = async (world, seed) => {
  const first = seed % 2 === 0 ? hours(-1) : hours(1)
  world.stepClocks(first)
  const working = world.work()
  await world.stack.until(
    async () => world.said(),
    (said) => said > 15,
  )
  world.stepClocks(-first)
  await working
}

/** Many times the rows that they may cost. */
const floodOf = isLong ? 800 : 240

/**
 * One babbles sense and nonsense; the others' uploads are verified meanwhile, and it costs no more rows than
 * it may have.
 */
const flooded: Fault['during'] = async (world) => {
  const { say, stack } = world
  const [victim] = world.docks
  const babbler = world.docks.at(-1)
  assert(victim && babbler)
  const { events } = topicsOf(babbler.dockSn)
  const flood = async () => {
    for (let n = 0; n < floodOf; n += 1)
      await say(events, n % 2 === 0 ? `{"method":"fileupload_progress","data":{"x${n}":` : foreign(n))
  }
  const flooding = flood()
  await world.work()
  await victim.begin()
  await stack.until(victim.newest, ({ state }) => state === 'verified')
  await flooding
  await stack.idle()
  const rows = await babbler.rejected()
  assert(rows.length <= 21, `${rows.length} rows`)
}

const foreign = (n: number): string =>
  JSON.stringify({
    method: 'fileupload_progress',
    bid: `bid-${n}`,
    data: { output: { ext: { files: [{ key: `foreign/${n}.tar`, progress: { status: 'ok' } }] } } },
  })

/** What cannot be kept is not acknowledged: devices say it again once there is room. */
const diskFull: Fault['during'] = async (world) => {
  const { stack } = world
  const ends = [stack.faults.fillDisk(), stack.faults.failService('storage')]
  const working = world.work()
  await stack.until(
    async () => world.refusals(),
    (refusals) => refusals > 1,
  )
  for (const end of ends) end()
  await working
}

export const faults: readonly Fault[] = [
  {
    name: 'the database throttles 30 % of the writes',
    during: async (world, seed) =>
      void (await workUnder(world, () =>
        world.stack.faults.failDatabaseShare({ kind: 'throttled', share: 0.3, seed }),
      )),
  },
  {
    name: 'the database carries out writes whose answers are lost',
    during: async (world, seed) =>
      void (await workUnder(world, () =>
        world.stack.faults.failDatabaseShare({ kind: 'unanswered', share: 0.3, seed }),
      )),
  },
  {
    name: 'the database is down for 20 seconds',
    during: async (world, seed) => {
      await workUnder(world, () =>
        world.stack.faults.failDatabaseShare({ kind: 'down', share: 1, seed, of: 'everything' }),
      )
      await world.pass(20_000)
      await world.work()
    },
  },
  { name: 'no credentials are to be had', during: nothingStarts('sts') },
  { name: 'no command can be published once it is recorded', during: nothingStarts('iot') },
  { name: 'functions crash in the middle of a batch', during: crashing },
  {
    name: 'messages come twice, late and in disorder',
    during: disordered,
  },
  { name: 'a poison message is in each batch', during: poisonous },
  { name: 'the clocks of docks and devices step by an hour, there and back', during: clocksStep },
  { name: 'one dock floods the queues', during: flooded },
  { name: 'the disk is full', during: diskFull },
]
