import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { seededRandom } from '../../local/seeded-random.ts'
import { startProcess } from '../support/local-process.ts'
import { backendAt, onlyLocal } from '../support/story.ts'
import { isLong, seeds } from './seeds.ts'

/** Kills in a row; each start takes some seconds. */
const kills = isLong ? 20 : 2

const Event = z.object({
  detail: z.object({ id: z.string(), type: z.string(), subject: z.string(), data: z.unknown() }),
})
type Detail = z.infer<typeof Event>['detail']

/** What was told so far, by whichever process; a killed one may have left half a line. */
const toldIn = (file: string): Detail[] =>
  (existsSync(file) ? readFileSync(file, 'utf8') : '').split('\n').flatMap((line) => {
    try {
      return [Event.parse(JSON.parse(line)).detail]
    } catch {
      return []
    }
  })

/** People make and abort campaigns, all at once, until the process is killed; what was answered is so. */
const workUntilKilled = async (t: TestContext, data: string, events: string, { from, answers }: Work) => {
  const killed = await startProcess(t, data, events)
  const { api } = backendAt(killed)
  const done: string[] = []
  let isOver = false
  const person = async (name: string): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const id = `${name}-${n}`
      const body = { name: 'x', package: 'firmware', targetVersion: 'v2' }
      for (const [what, method, path] of [
        ['created', 'PUT', `/v1/campaigns/${id}`],
        ['aborted', 'POST', `/v1/campaigns/${id}/abort`],
      ] as const) {
        const answer = await api(method, path, method === 'PUT' ? body : {}).catch(() => undefined)
        if (!answer) return
        assert.ok(answer.status < 300, JSON.stringify(answer.body))
        done.push(`groundcrew.campaign.${what}.v1 campaigns/${id}`)
        // By the number of answers and not by time, so that it is in the middle on every machine.
        if (done.length === answers) {
          isOver = true
          await killed.kill()
        }
      }
    }
  }
  await Promise.all(['ann', 'bob', 'eve'].map((one) => person(`${one}-${from}`)))
  return done
}
type Work = { from: number; answers: number }

for (const seed of seeds)
  test(`each change is told, with the same id each time, however often the backend is killed, GROUNDCREW_SEED=${seed}`, {
    skip: onlyLocal,
    timeout: 600_000,
  }, async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'groundcrew-told-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    const events = join(data, 'events.jsonl')
    const random = seededRandom(seed)
    const done: string[] = []
    for (let from = 0; from < kills; from++)
      done.push(...(await workUntilKilled(t, data, events, { from, answers: 1 + Math.floor(random() * 30) })))

    const backend = backendAt(await startProcess(t, data, events))
    const untold = () => {
      const told = new Set(toldIn(events).map(({ type, subject }) => `${type} ${subject}`))
      return done.filter((one) => !told.has(one))
    }
    await backend.until(
      async () => untold(),
      ({ length }) => length === 0,
    )
    const byId = Map.groupBy(toldIn(events), ({ id }) => id)
    for (const same of byId.values()) for (const one of same) assert.deepEqual(one, same[0])
    const changes = [...byId.values()].map(([one]) => `${one?.type} ${one?.subject}`)
    assert.equal(new Set(changes).size, changes.length, 'two ids for one change')
  })
