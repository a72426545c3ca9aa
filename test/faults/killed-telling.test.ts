import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { createClock } from '../../local/clock.ts'
import { seededRandom } from '../../local/seeded-random.ts'
import { start } from '../../local/start.ts'
import { apiOf } from '../support/local-run.ts'
import { onlyLocal } from '../support/story.ts'
import { isLong, seeds } from './seeds.ts'
import { startTelling, withWitness } from './telling-process.ts'

const kills = isLong ? 20 : 2
const clients = 3

const Opened = z.object({ id: z.string() })
const Attempts = z.object({ items: z.array(z.object({ id: z.string(), state: z.string() })) })
const Told = z.object({
  detail: z.looseObject({ id: z.string(), type: z.string(), subject: z.string(), data: z.unknown() }),
})

/** One of several who open attempts and close them, one after the other, until the backend is gone. */
const work = async (url: string, name: string, acknowledged: () => void): Promise<string[]> => {
  const api = apiOf(url)
  const devices: string[] = []
  try {
    for (let n = 0; ; n += 1) {
      const deviceId = `${name}-${n}`
      devices.push(deviceId)
      const at = `/v1/devices/${deviceId}`
      await api('PUT', at, {})
      const { body } = await api('POST', `${at}/upgrade-attempts`, {
        package: 'firmware',
        targetVersion: 'v2',
      })
      acknowledged()
      await api('POST', `${at}/upgrade-attempts/${Opened.parse(body).id}/close`, {})
      acknowledged()
    }
  } catch {
    return devices
  }
}

/** Works until so many requests were answered, or so many events were put on the bus, and is killed then. */
const workUntilKilled = async (t: TestContext, data: string, round: number, random: () => number) => {
  const enough = Promise.withResolvers<void>()
  const left = {
    acknowledged: 1 + Math.floor(random() * 20),
    told: 1 + Math.floor(random() * 10),
  }
  // Half of them in the middle of requests, half of them when something has just been told.
  const by = round % 2 === 0 ? 'acknowledged' : 'told'
  const count = (what: keyof typeof left) => () => {
    left[what] -= 1
    if (what === by && left[what] <= 0) enough.resolve()
  }
  const backend = await startTelling(t, data, count('told'))
  const working = Array.from({ length: clients }, (_, n) =>
    work(backend.url, `dev-${round}-${n}`, count('acknowledged')),
  )
  await enough.promise
  await backend.kill()
  return (await Promise.all(working)).flat()
}

for (const seed of seeds)
  test(`a backend that is killed ${kills} times tells every change, and says so where it repeats, GROUNDCREW_SEED=${seed}`, {
    skip: onlyLocal,
    // Each kill is another start, on a machine that may be busy.
    timeout: kills * 90_000,
  }, async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'groundcrew-telling-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    const random = seededRandom(seed)
    const devices: string[] = []
    for (let round = 0; round < kills; round += 1)
      devices.push(...(await workUntilKilled(t, data, round, random)))

    const clock = createClock()
    const stack = await start({ dataDirectory: data, alter: withWitness, clock })
    t.after(stack.stop)
    // A kill between a write and what follows from it is made good by the next sweep.
    for (const hours of [0.02, 0.02, 0.1, 0.1, 0.1]) {
      await stack.idle()
      clock.advance(hours * 3_600_000)
      await stack.tick()
    }
    await stack.idle()

    const messages = stack.deadLetters()
    const told = messages
      .filter(({ queue }) => queue.includes('Witness'))
      .map(({ body }) => Told.parse(JSON.parse(body)).detail)
    assert.deepEqual(
      messages.filter(({ queue }) => !queue.includes('Witness')),
      [],
    )
    const api = apiOf(stack.url)
    const expected: string[] = []
    for (const deviceId of devices) {
      const { status, body } = await api('GET', `/v1/devices/${deviceId}/upgrade-attempts`)
      if (status === 404) continue
      for (const { id, state } of Attempts.parse(body).items)
        for (const one of state === 'pending' ? ['pending'] : ['pending', state])
          expected.push(`devices/${deviceId}/upgrade-attempts/${id} groundcrew.upgrade.${one}.v1`)
    }
    const what = ({ subject, type }: { subject: string; type: string }) => `${subject} ${type}`
    const heard = new Set(told.map(what))
    const [untold, unfounded] = [
      expected.filter((one) => !heard.has(one)),
      [...heard].filter((one) => !expected.includes(one)),
    ]
    assert.deepEqual({ untold, unfounded }, { untold: [], unfounded: [] })
    const byChange = Map.groupBy(told, what)
    for (const [change, events] of byChange) {
      assert.equal(new Set(events.map(({ id }) => id)).size, 1, change)
      for (const event of events) assert.deepEqual(event, events[0], change)
    }
    assert.equal(new Set(told.map(({ id }) => id)).size, byChange.size)
  })
