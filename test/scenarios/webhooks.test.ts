import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import * as z from 'zod'
import { createClock } from '../../local/clock.ts'
import type { BusEvent } from '../../local/events/pattern.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { type Local, onlyLocal, openLocal } from '../support/story.ts'
import { webhookReceiver } from '../support/webhook-receiver.ts'

/** Two receivers over HTTP: one is well, the other first a black hole, then refuses, then answers again. */

const types = ['upload', 'listing', 'presence', 'upgrade'].map((subject) => `groundcrew.${subject}.*`)

const Told = z.object({ id: z.string(), type: z.string(), time: z.string() })
type Told = z.infer<typeof Told>
type Receiver = Awaited<ReturnType<typeof webhookReceiver>>

const Made = z.object({ secret: z.string() })
const Seen = z.object({ state: z.string(), down: z.object({ reason: z.string() }).optional() })
const Opened = z.object({ id: z.string() })

const made = async (local: Local, id: string, { url }: Receiver): Promise<string> =>
  Made.parse(await local.must('PUT', `/v1/webhooks/${id}`, { url, types })).secret

/** What a receiver got, in the order in which it came; each signed by its secret, as the library signs. */
const gotBy = ({ received }: Receiver, secret: string): Told[] =>
  received.map(({ headers, body }) => {
    const event = Told.parse(JSON.parse(body))
    const { 'webhook-id': id = '', 'webhook-timestamp': at = '' } = headers
    assert.equal(id, event.id)
    const signature = new Webhook(secret).sign(id, new Date(Number(at) * 1000), body)
    assert.equal(headers['webhook-signature'], signature)
    return event
  })

const distinct = (events: readonly Told[]): Told[] => [
  ...new Map(events.map((one) => [one.id, one])).values(),
]

/** A device is given an attempt, which is closed again. */
const upgrade = async (local: Local, deviceId: string): Promise<void> => {
  const path = `/v1/devices/${deviceId}`
  await local.must('PUT', path, {})
  const attempt = { package: 'firmware', targetVersion: 'v2' }
  const { id } = Opened.parse(await local.must('POST', `${path}/upgrade-attempts`, attempt))
  await local.must('POST', `${path}/upgrade-attempts/${id}/close`, {})
}

test('a receiver that is well gets all at once while another is down, which gets all of it once it answers', {
  skip: onlyLocal,
}, async (t) => {
  const clock = createClock()
  const seen: BusEvent[] = []
  const local = await openLocal(t, { clock, onEvent: (event) => void seen.push(event) })
  const [well, lame] = [await webhookReceiver(t), await webhookReceiver(t)]
  lame.answer('hold')
  const secrets = { well: await made(local, 'well', well), lame: await made(local, 'lame', lame) }
  const toldIds = (): Set<string> =>
    new Set(
      seen
        .map(({ detail }) => Told.parse(detail))
        .filter(({ type }) => types.some((one) => type.startsWith(one.slice(0, -1))))
        .map(({ id }) => id),
    )
  const wellHasAll = () =>
    local.until(
      async () => [...toldIds()].filter((id) => !gotBy(well, secrets.well).some((got) => got.id === id)),
      (missing) => toldIds().size > 0 && missing.length === 0,
    )

  // Each with how much had come to the one that is well when the other's first try was over.
  const begun = Promise.withResolvers<number>()
  lame.onEnd(() => begun.resolve(well.received.length))
  await upgrade(local, 'pump-1')
  await wellHasAll()
  assert.ok(well.verified(secrets.well))
  await local.until(
    async () => lame.received.length,
    (count) => count > 0,
  )

  // It refuses from now on: what it held is over, and it is known to be down.
  lame.answer('refuse')
  assert.ok((await begun.promise) > 0, 'the other waited for it')
  await local.until(
    async () => Seen.parse(await local.must('GET', '/v1/webhooks/lame')),
    ({ down }) => down !== undefined,
  )
  const heldBack = lame.received.length
  const dock = await simulatedDock(t, local)
  await dock.list()
  const { id } = await dock.start()
  await dock.uploadUntil(id, 'verified')
  await upgrade(local, 'pump-2')
  await local.idle()
  await wellHasAll()
  assert.equal(lame.received.length, heldBack)
  const kinds = new Set(gotBy(well, secrets.well).map(({ type }) => type.split('.')[1]))
  assert.deepEqual([...kinds].toSorted(), ['listing', 'presence', 'upgrade', 'upload'])

  lame.answer(204)
  const back = lame.received.length
  const all = toldIds()
  await local.until(
    async () => {
      clock.advance(60_000)
      await local.tick()
      return [...all].filter(
        (one) =>
          !gotBy(lame, secrets.lame)
            .slice(back)
            .some((got) => got.id === one),
      )
    },
    (missing) => missing.length === 0,
  )
  assert.equal(Seen.parse(await local.must('GET', '/v1/webhooks/lame')).state, 'active')

  // First a single try of what waited longest; then in order, ten at once.
  const followed = distinct(gotBy(lame, secrets.lame).slice(back))
  const oldest = followed.map(({ time }) => time).toSorted()[0]
  assert.equal(followed[0]?.time, oldest)
  for (const [n, { time }] of followed.entries())
    for (const later of followed.slice(n + 10)) assert.ok(time <= later.time, `${time} after ${later.time}`)

  // Whatever came more than once was the same.
  for (const [receiver, secret] of [
    [well, secrets.well],
    [lame, secrets.lame],
  ] as const) {
    const events = gotBy(receiver, secret)
    const bodies = Map.groupBy(receiver.received, ({ headers }) => headers['webhook-id'])
    assert.equal(bodies.size, distinct(events).length)
    for (const same of bodies.values()) assert.equal(new Set(same.map(({ body }) => body)).size, 1)
  }
  assert.deepEqual(local.deadLetters(), [])
})
