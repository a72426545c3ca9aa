import { type TestContext, test } from 'node:test'
import { type Fault, faults } from './faults.ts'
import { openGround } from './ground.ts'
import { isLong, seeds } from './seeds.ts'
import { openWorld } from './world.ts'

/** Far longer than it takes, since a machine may be slow. */
const timeout = 600_000

/** So long a message that failed is hidden, and a little more. */
const againMs = 200_000

/**
 * One fault after the other on one backend, each with docks and devices of its own; then time passes for all
 * of them.
 */
const tryAll = async (t: TestContext, tried: readonly Fault[], seed: number): Promise<void> => {
  const ground = await openGround(t)
  const worlds = new Map<string, Awaited<ReturnType<typeof openWorld>>>()
  for (const [turn, { name, during }] of tried.entries())
    await t.test(name, async () => {
      const world = await openWorld(t, ground, turn)
      worlds.set(name, world)
      await during(world, seed)
      await world.settle()
    })
  for (const [name, world] of worlds)
    await t.test(`no dock is held after this: ${name}`, async () => {
      await ground.pass(againMs)
      await world.startAnew()
    })
  await t.test('time passes', () =>
    ground.passToTheEnd(() => Promise.all([...worlds.values()].map((world) => world.look()))),
  )
  for (const [name, world] of worlds)
    await t.test(`after this nothing is lost: ${name}`, async () => {
      // So many questions at once are more than the API takes in a second.
      await ground.pass(10_000)
      await world.conclude()
    })
}

for (const seed of seeds)
  if (isLong)
    for (const fault of faults)
      test(`${fault.name}, GROUNDCREW_SEED=${seed}`, { timeout }, (t) => tryAll(t, [fault], seed))
  else test(`faults, GROUNDCREW_SEED=${seed}`, { timeout }, (t) => tryAll(t, faults, seed))
