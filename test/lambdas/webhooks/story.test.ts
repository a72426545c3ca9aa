import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Webhook as Verifier } from 'standardwebhooks'
import * as z from 'zod'
import type { Outcome } from '../../../lambdas/webhooks/outcome.ts'
import { sendEvent } from '../../../lambdas/webhooks/send-event.ts'
import {
  answered,
  webhookStory as begin,
  hour,
  Made,
  minute,
  notConnected,
  status,
} from '../../support/webhook-story.ts'

/** Webhooks from their creation to the last try, with a clock that only the test moves. */

const Shown = z.object({ secret: z.optional(z.string()) })

suite('A webhook', () => {
  test('is sent what it selects, once, and the receiver’s library verifies the signature', async (t) => {
    const { put, happen, gotBy, deliveries, send, clock } = begin()
    const { url, answer } = await put('one', { types: ['groundcrew.upload.*'], fleets: ['north'] })
    const { secret } = Made.parse(answer.body)
    assert.equal(answer.status, 201)
    t.mock.timers.enable({ apis: ['Date'], now: clock.now() })
    const event = await happen()
    await happen({ type: 'groundcrew.alarm.raised.v1' })
    await happen({ fleet: 'south' })
    await happen({ fleet: undefined })
    // The bus may deliver it again.
    await send(event)
    const [got, ...more] = gotBy(url)
    assert.deepEqual(more, [])
    assert.deepEqual(
      new Verifier(secret).verify(got?.body ?? '', { ...got?.headers }),
      JSON.parse(event.body),
    )
    assert.equal(got?.id, event.id)
    const rows = await deliveries('one')
    assert.deepEqual(
      rows.map(({ id, state, tries }) => [id, state, tries]),
      [[event.id, 'delivered', 1]],
    )
  })

  test('that is down for a while gets everything, in order, after a single try', async () => {
    const { put, happen, gotBy, deliveries, seen, wait, receivers, clock } = begin()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    const events = [await happen()]
    assert.deepEqual(
      gotBy(url).map(({ id }) => id),
      [events[0]?.id, events[0]?.id],
    )
    for (let n = 0; n < 25; n++) {
      clock.advance(1_000)
      events.push(await happen())
    }
    // All of these wait.
    assert.equal(gotBy(url).length, 2)
    assert.equal((await seen('one')).down?.reason, 'notConnected')
    receivers.set(url, () => answered)
    await wait(10 * minute)
    const arrived = gotBy(url).slice(2)
    assert.equal(arrived[0]?.id, events[0]?.id)
    assert.deepEqual(new Set(arrived.map(({ id }) => id)).size, events.length)
    assert.deepEqual(
      arrived.map(({ id }) => id),
      events.map(({ id }) => id),
    )
    assert.equal((await seen('one')).down, undefined)
    assert.ok((await deliveries('one')).every(({ state }) => state === 'delivered'))
    const next = await happen()
    assert.equal(gotBy(url).at(-1)?.id, next.id)
  })

  for (const dead of ['refuses', 'says nothing'] as const)
    test(`waits for no other, which ${dead}`, async (t) => {
      const { put, send, event, gotBy, receivers, clock } = begin()
      const [good, bad] = [(await put('good')).url, (await put('bad')).url]
      const silent = Promise.withResolvers<Outcome>()
      t.after(() => silent.resolve(notConnected))
      receivers.set(bad, () => (dead === 'refuses' ? notConnected : silent.promise))
      const sendings: Promise<void>[] = []
      for (let n = 1; n <= 30; n++) {
        const before = clock.now()
        sendings.push(send(event()))
        while (gotBy(good).length < n) await new Promise((resolve) => setImmediate(resolve))
        assert.equal(gotBy(good).at(-1)?.at, before)
        clock.advance(1_000)
      }
      // What came before its answer was overdue; all else waits.
      assert.ok(gotBy(bad).length <= 8, `${gotBy(bad).length}`)
      silent.resolve(notConnected)
      let isDone = false
      const all = Promise.all(sendings).finally(() => {
        isDone = true
      })
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve))
        clock.advance(1_000)
      }
      await all
    })

  test('is tried for three days, then fails, and a replay sends everything', async () => {
    const { put, happen, gotBy, deliveries, seen, wait, receivers, call } = begin()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    const event = await happen()
    const first = event.at
    await wait(80 * hour, 10 * minute)
    assert.equal((await seen('one')).state, 'failing')
    const times = gotBy(url).map(({ at }) => at - first)
    assert.equal(times.length, 10)
    assert.ok((times.at(-1) ?? 0) >= 75 * hour)
    assert.deepEqual(
      (await deliveries('one')).map(({ state, tries }) => [state, tries]),
      [['failed', 10]],
    )
    receivers.set(url, () => answered)
    const span = { from: new Date(first).toISOString(), to: new Date(first + 1).toISOString() }
    const replay = await call('replayWebhook', { params: { id: 'one' }, body: span })
    assert.deepEqual([replay.status, replay.body], [202, { replayed: 1 }])
    await wait(2 * minute)
    assert.equal(gotBy(url).at(-1)?.id, event.id)
    assert.equal((await seen('one')).state, 'active')
    assert.deepEqual(
      (await deliveries('one')).map(({ state }) => state),
      ['delivered'],
    )
  })

  test('that never answers is tried less and less often, and shows when', async () => {
    const { put, happen, gotBy, seen, wait, receivers, clock } = begin()
    const { url } = await put('one')
    await happen()
    receivers.set(url, () => notConnected)
    await happen()
    const began = clock.now()
    for (let minutes = 0; minutes < 8 * 60; minutes += 4) {
      await happen()
      const { down } = await seen('one')
      const shown = Date.parse(down?.nextTryAt ?? '') - clock.now()
      assert.ok(
        shown <= Math.max(minute, (clock.now() - began + minute) / 10),
        `${shown} after ${minutes} minutes`,
      )
      await wait(4 * minute)
    }
    const tries = gotBy(url).length
    assert.ok(tries > 30 && tries < 80, `${tries} tries in 8 hours`)
    assert.equal((await seen('one')).state, 'active')
  })

  test('that has never accepted anything is failing after an hour, and active once it has', async () => {
    const { put, happen, seen, wait, receivers } = begin()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    await happen()
    await wait(50 * minute)
    assert.equal((await seen('one')).state, 'active')
    await wait(3 * hour, 5 * minute)
    assert.equal((await seen('one')).state, 'failing')
    receivers.set(url, () => answered)
    await wait(6 * hour, 5 * minute)
    assert.equal((await seen('one')).state, 'active')
    receivers.set(url, () => notConnected)
    await happen()
    await wait(4 * hour, 5 * minute)
    assert.equal((await seen('one')).state, 'active')
    // Another address has not taken anything, either.
    await put('one', { url: 'https://elsewhere.example/hook' })
    receivers.set('https://elsewhere.example/hook', () => notConnected)
    await wait(4 * hour, 5 * minute)
    assert.equal((await seen('one')).state, 'failing')
  })

  test('that has recovered gets at once what was queued in that moment', async () => {
    const { put, happen, event, send, use, gotBy, receivers, clock, sweep } = begin()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    await happen()
    const remembered = (await use.hooks.all()).hooks
    receivers.set(url, () => answered)
    const { nextAt } = use.deliveries
    const late = [event(), event()]
    use.deliveries.nextAt = async (hook) => {
      use.deliveries.nextAt = nextAt
      // It has looked for what waits, and found nothing more.
      for (const one of late) await send(one)
      return nextAt(hook)
    }
    clock.advance(10 * minute)
    await sweep()
    // Somebody has not heard yet that it is back.
    const unheard = event()
    await sendEvent({ ...use, remembered: async () => remembered, timer: clock.timer })(unheard)
    const got = gotBy(url).map(({ id }) => id)
    for (const { id } of [...late, unheard]) assert.equal(got.filter((one) => one === id).length, 1)
  })

  test('that refuses one delivery gets the others', async () => {
    const { put, happen, gotBy, receivers, wait, deliveries } = begin()
    const { url } = await put('one')
    let bad: string | undefined
    receivers.set(url, ({ id }) => {
      bad ??= id
      return id === bad ? status(400) : answered
    })
    const event = await happen()
    const others = []
    for (let n = 0; n < 5; n++) {
      others.push(await happen())
      await wait(minute)
    }
    const got = gotBy(url).map(({ id }) => id)
    for (const { id } of others) assert.ok(got.includes(id))
    await wait(80 * hour, 10 * minute)
    const rows = await deliveries('one')
    assert.deepEqual(
      rows.filter(({ state }) => state !== 'delivered').map(({ id, state, tries }) => [id, state, tries]),
      [[event.id, 'failed', 10]],
    )
  })

  test('that answers 410 is ended, until somebody PUTs it again', async () => {
    const { put, happen, gotBy, receivers, seen, deliveries, wait, call } = begin()
    const { url } = await put('one')
    receivers.set(url, () => ({ ok: false, reason: 'gone', status: 410 }))
    await happen()
    await wait(2 * minute)
    assert.equal((await seen('one')).state, 'ended')
    assert.deepEqual(
      (await deliveries('one')).map(({ state }) => state),
      ['dropped'],
    )
    await happen()
    await wait(hour)
    assert.equal(gotBy(url).length, 1)
    const tested = await call('testWebhook', { params: { id: 'one' } })
    assert.equal(tested.problem.name, 'webhook-ended')
    receivers.set(url, () => answered)
    await put('one')
    const after = await happen()
    assert.equal(gotBy(url).at(-1)?.id, after.id)
  })

  test('whose sender crashes between the row and the try gets it from the sweep, once', async () => {
    const { put, gotBy, seen, deliveries, wait, use, event } = begin()
    const { url } = await put('one')
    const one = event()
    const [hook] = (await use.hooks.all()).hooks
    assert.ok(hook)
    await use.deliveries.put(hook, one, 'send', use.now())
    await wait(5 * minute)
    assert.deepEqual(
      gotBy(url).map(({ id }) => id),
      [one.id],
    )
    assert.equal((await deliveries('one'))[0]?.state, 'delivered')
    assert.equal((await seen('one')).state, 'active')
  })

  test('that two instances work on at once gets each waiting delivery once', async () => {
    const { put, happen, gotBy, receivers, clock, sweep } = begin()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    await happen()
    for (let i = 0; i < 12; i++) await happen()
    receivers.set(url, () => answered)
    const before = gotBy(url).length
    clock.advance(10 * minute)
    await Promise.all([sweep(), sweep(), sweep()])
    assert.equal(gotBy(url).length - before, 13)
  })

  test('has two secrets that sign for a day after a rotation, then one', async (t) => {
    const { put, happen, gotBy, call, clock } = begin()
    const { url, answer } = await put('one')
    const old = Made.parse(answer.body).secret
    const { secret } = Made.parse((await call('rotateWebhookSecret', { params: { id: 'one' } })).body)
    const verifies = (by: string): boolean => {
      const { body = '', headers = {} } = gotBy(url).at(-1) ?? {}
      try {
        return Boolean(new Verifier(by).verify(body, { ...headers }))
      } catch {
        return false
      }
    }
    t.mock.timers.enable({ apis: ['Date'], now: clock.now() })
    await happen()
    assert.deepEqual([verifies(old), verifies(secret)], [true, true])
    clock.advance(25 * hour)
    t.mock.timers.setTime(clock.now())
    await happen()
    assert.deepEqual([verifies(old), verifies(secret)], [false, true])
  })

  test('gets a new secret with more fleets, and keeps it with fewer or the same', async () => {
    const { put } = begin()
    const secretFor = async (fleets: string[] | undefined) => {
      const { answer } = await put('one', fleets ? { fleets } : {})
      return [answer.status, Shown.parse(answer.body).secret !== undefined]
    }
    assert.deepEqual(await secretFor(['north']), [201, true])
    assert.deepEqual(await secretFor(['north']), [200, false])
    assert.deepEqual(await secretFor(['north', 'south']), [200, true])
    assert.deepEqual(await secretFor(['south', 'north']), [200, false])
    assert.deepEqual(await secretFor(['south']), [200, false])
    assert.deepEqual(await secretFor(undefined), [200, true])
    assert.deepEqual(await secretFor(['north']), [200, false])
  })

  test('that is deleted while deliveries wait gets none of them, nor does another of its name', async () => {
    const { put, happen, gotBy, receivers, call, wait, deliveries } = begin()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    await happen()
    await happen()
    const before = gotBy(url).length
    await call('deleteWebhook', { params: { id: 'one' } })
    receivers.set(url, () => answered)
    await put('one')
    await wait(3 * hour, 5 * minute)
    assert.equal(gotBy(url).length, before)
    assert.deepEqual(await deliveries('one'), [])
  })
})
