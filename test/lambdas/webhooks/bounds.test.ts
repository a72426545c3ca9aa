import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import type { Outcome } from '../../../lambdas/webhooks/outcome.ts'
import { retryAfterMs } from '../../../lambdas/webhooks/schedule.ts'
import { publishedEvents, recordedChanges } from '../../support/recorded-changes.ts'
import {
  answered,
  webhookStory as begin,
  hour,
  minute,
  notConnected,
  status,
} from '../../support/webhook-story.ts'
import { start } from '../../support/webhooks.ts'

/** The limits of webhooks. */

const url = 'https://receiver.example/hook'
const types = ['groundcrew.*']

/** Somebody who may do all in one fleet. */
const maker = (sub: string, fleet: string) => ({ sub, username: 'ann', scope: `groundcrew/admin@${fleet}` })

suite('There may be', () => {
  test('fifty webhooks, however many are created concurrently; a deleted one makes room', async () => {
    const { call, use } = begin()
    const make = (id: string) => call('putWebhook', { params: { id }, body: { url, types } })
    for (let n = 0; n < 46; n += 1) assert.equal((await make(`of-${n}`)).status, 201)
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => make(`at-once-${n}`)))
    for (const answer of answers)
      if (answer.status !== 201) assert.match(answer.problem.name, /^(too-many-webhooks|try-again)$/)
    // Those that got a 503 try again.
    for (let n = 0; n < 8; n += 1) await make(`at-once-${n}`)
    assert.equal((await use.hooks.all()).hooks.length, 50)
    assert.equal((await make('one-more')).problem.name, 'too-many-webhooks')
    assert.equal((await make('of-1')).status, 200)
    await call('deleteWebhook', { params: { id: 'of-2' } })
    assert.equal((await make('one-more')).status, 201)
  })

  test('ten of one maker of some fleets, by the token’s subject, and more of another', async () => {
    const { call } = begin()
    const make = (id: string, sub: string, fleet = 'north') =>
      call('putWebhook', { params: { id }, body: { url, types, fleets: [fleet] }, claims: maker(sub, fleet) })
    for (let n = 0; n < 10; n += 1) assert.equal((await make(`a-${n}`, 'one')).status, 201)
    assert.equal((await make('a-10', 'one')).problem.name, 'too-many-webhooks')
    // Also for another fleet, where it has that right.
    assert.equal((await make('a-10', 'one', 'south')).problem.name, 'too-many-webhooks')
    assert.equal((await make('a-9', 'one')).status, 200)
    assert.equal((await make('b-0', 'two')).status, 201)
    await call('deleteWebhook', { params: { id: 'a-3' }, claims: maker('one', 'north') })
    assert.equal((await make('a-10', 'one')).status, 201)
  })
})

const Replayed = z.object({ replayed: z.number(), next: z.string().optional() })

suite('A replay', () => {
  test('takes two hundred events a request, continues by cursor, and sends each event of the span again, in order', async () => {
    const { put, happen, gotBy, call, wait, clock, event, send } = begin()
    const { url } = await put('one')
    await happen()
    clock.advance(1_000)
    const from = clock.now()
    const events = []
    for (let n = 0; n < 41; n += 1) {
      const some = Array.from({ length: 5 }, () => event())
      await Promise.all(some.map(send))
      events.push(...some)
      clock.advance(1_000)
    }
    const to = clock.now() - 1_000
    await happen()
    const before = gotBy(url).length
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    const replay = async (cursor?: string) => {
      const answer = await call('replayWebhook', { params: { id: 'one' }, body: { ...span, cursor } })
      assert.equal(answer.status, 202, answer.text)
      return Replayed.parse(answer.body)
    }
    const first = await replay()
    assert.equal(first.replayed, 200)
    assert.ok(first.next)
    const second = await replay(first.next)
    assert.deepEqual(second, { replayed: 5 })
    await wait(5 * minute)
    const again = gotBy(url).slice(before)
    assert.equal(again.length, 205)
    // At most ten of them are under way at once.
    for (const [n, { id }] of again.entries()) {
      const place = events.findIndex((one) => one.id === id)
      assert.ok(Math.floor(place / 10) === Math.floor(n / 10), `${place} came as ${n}`)
    }
    assert.equal(new Set(again.map(({ id }) => id)).size, 205)
  })

  test('with an invalid cursor, or a span that ends before it begins, sends nothing', async () => {
    const { put, happen, gotBy, call, wait } = begin()
    const { url } = await put('one')
    await happen()
    const span = { from: '2026-01-01T00:00:00Z', to: '2027-12-01T00:00:00Z' }
    const cursor = (at: number) => Buffer.from(`DELIVERY#${at}#evt_1`).toString('base64url')
    const answers = []
    for (const body of [
      { ...span, cursor: 'bm9uZQ' },
      { ...span, cursor: cursor(Date.parse(span.from) - 1) },
      { ...span, cursor: cursor(Date.parse(span.to) + 1) },
      { from: span.to, to: span.from },
    ]) {
      const { status, problem } = await call('replayWebhook', { params: { id: 'one' }, body })
      answers.push([status, problem.errors?.[0]?.path])
    }
    assert.deepEqual(answers, [
      [422, 'cursor'],
      [422, 'cursor'],
      [422, 'cursor'],
      [422, 'to'],
    ])
    await wait(5 * minute)
    assert.equal(gotBy(url).length, 1)
  })

  test('takes any span, in any century', async () => {
    const { put, happen, call } = begin()
    await put('one')
    await happen()
    const replay = (from: string, to: string) =>
      call('replayWebhook', { params: { id: 'one' }, body: { from, to } })
    for (const [from, to] of [
      ['2026-01-01T00:00:00Z', '2300-01-01T00:00:00Z'],
      ['1938-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
      ['0000-01-01T00:00:00Z', '2027-12-01T00:00:00Z'],
    ] as const)
      assert.deepEqual((await replay(from, to)).body, { replayed: 1 })
    const { problem } = await replay('0000-01-01T00:00:00Z', '1938-04-24T22:13:20Z')
    assert.equal(problem.errors?.[0]?.path, 'to')
  })
})

suite('Invalid input', () => {
  test('of a webhook is reported all at once', async () => {
    const { call } = begin()
    const body = { url: 'http://me:pw@intranet:81/#x', types: ['groundcrew.nope'], fleets: [], more: 1 }
    const { problem } = await call('putWebhook', { params: { id: 'one' }, body })
    const paths = problem.errors?.map(({ path }) => path).sort()
    assert.deepEqual(paths, ['fleets', 'more', 'types[0]', 'url', 'url', 'url', 'url', 'url'])
    const local = { url: 'http://127.0.0.1:3999/', types: ['groundcrew.*'] }
    const refused = await call('putWebhook', { params: { id: 'one' }, body: local })
    assert.deepEqual(
      refused.problem.errors?.map(({ path }) => path),
      ['url', 'url'],
    )
  })

  test('is a URL that is too long as it is sent, with other characters than ASCII percent-encoded', async () => {
    const { call } = begin()
    const put = (length: number) =>
      call('putWebhook', {
        params: { id: 'one' },
        body: { url: `https://receiver.example/${'é'.repeat(length)}`, types },
      })
    assert.equal((await put(100)).status, 201)
    for (const tooLong of [200, 1_000])
      assert.equal((await put(tooLong)).problem.errors?.[0]?.path, 'url', String(tooLong))
  })

  test('of a replay is reported: events older than 30 days are not kept', async () => {
    const { put, happen, gotBy, call, wait, clock } = begin()
    const { url } = await put('one')
    const { at } = await happen()
    const of = (days: number) => new Date(clock.now() - days * 24 * hour).toISOString()
    const replay = (from: number, to: number) =>
      call('replayWebhook', { params: { id: 'one' }, body: { from: of(from), to: of(to) } })
    const { status, problem } = await replay(90, 31)
    assert.deepEqual([status, problem.errors?.[0]?.path], [422, 'to'])
    assert.match(problem.errors?.[0]?.message ?? '', /30 days/)
    assert.deepEqual((await replay(40, 29)).body, { replayed: 0 })
    // What was replayed in time is kept for longer.
    clock.advance(31 * 24 * hour)
    const span = { from: new Date(at).toISOString(), to: new Date(at).toISOString() }
    assert.equal((await call('replayWebhook', { params: { id: 'one' }, body: span })).status, 202)
    await wait(2 * minute)
    assert.equal(gotBy(url).length, 2)
  })
})

suite('An instance that works on a webhook', () => {
  test('and crashes leaves it to the next after a minute, which sends what was not recorded', async () => {
    const { put, happen, gotBy, receivers, clock, sweep, deliveries } = begin()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    const event = await happen()
    clock.advance(10 * minute)
    const answer = Promise.withResolvers<Outcome>()
    receivers.set(url, () => answer.promise)
    const before = gotBy(url).length
    const ended = sweep()
    while (gotBy(url).length === before) await new Promise((resolve) => setImmediate(resolve))
    receivers.set(url, () => answered)
    clock.advance(50_000)
    await sweep()
    assert.equal(gotBy(url).length, before + 1)
    clock.advance(11_000)
    await sweep()
    assert.deepEqual(
      gotBy(url)
        .slice(before)
        .map(({ id }) => id),
      [event.id, event.id],
    )
    assert.equal((await deliveries('one'))[0]?.state, 'delivered')
    // What it says then changes no more what was delivered.
    answer.resolve(status(500))
    await ended
    assert.equal((await deliveries('one'))[0]?.state, 'delivered')
  })
})

/** The events of webhooks while a story runs. */
const storyWithEvents = () => {
  let changes: ReturnType<typeof recordedChanges> | undefined
  let now = () => start
  const story = begin((table) => {
    changes = recordedChanges(table, () => now())
    return changes.table
  })
  now = story.clock.now
  const published = async () =>
    (await publishedEvents(story.table, changes?.records ?? []))
      .filter(({ type }) => type.startsWith('groundcrew.webhook.'))
      .map(({ type }) => type.split('.')[2])
  return { ...story, published }
}

suite('The event of a failing webhook', () => {
  test('is published once, however much is given up, and again after it has recovered', async () => {
    const { put, happen, receivers, wait, seen, published } = storyWithEvents()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    for (let n = 0; n < 4; n += 1) {
      await happen()
      await wait(hour, 10 * minute)
    }
    await wait(100 * hour, hour)
    assert.equal((await seen('one')).state, 'failing')
    assert.deepEqual(await published(), ['failing'])
    await happen()
    await wait(100 * hour, hour)
    assert.deepEqual(await published(), ['failing'])
    receivers.set(url, () => answered)
    await happen()
    await wait(2 * hour, 20 * minute)
    assert.equal((await seen('one')).state, 'active')
    receivers.set(url, () => notConnected)
    await happen()
    await wait(80 * hour, hour)
    assert.deepEqual(await published(), ['failing', 'failing'])
  })

  test('is published once when it ends, even if its receiver answers 410 to several tries at once', async () => {
    const { put, happen, receivers, wait, published } = storyWithEvents()
    const { url } = await put('one')
    receivers.set(url, () => notConnected)
    for (let n = 0; n < 4; n += 1) await happen()
    receivers.set(url, () => ({ ok: false, reason: 'gone', status: 410 }))
    await wait(hour, 10 * minute)
    assert.deepEqual(await published(), ['ended'])
  })
})

suite('A Retry-After', () => {
  const now = Date.UTC(2026, 10, 29, 12)
  const day = 24 * hour
  const cases: [string, number | undefined][] = [
    ['0', 0],
    ['7', 7_000],
    [' 120 ', 120_000],
    ['Sun, 29 Nov 2026 12:01:00 GMT', minute],
    ['Sunday, 29-Nov-26 12:01:00 GMT', minute],
    ['Sun Nov 29 12:01:00 2026', minute],
    ['Fri, 31 Dec 9999 23:59:59 GMT', day],
    ['99999999999999999999', day],
    ['Sun, 29 Nov 2026 11:59:59 GMT', undefined],
    ...[
      '',
      '-5',
      '1.5',
      '1e9',
      'soon',
      'NaN',
      'Infinity',
      '0x10',
      '2026-11-30',
      'Sun, 99 Nov 2026 12:00:00 GMT',
    ].map((text): [string, undefined] => [text, undefined]),
  ]
  for (const [text, wanted] of cases)
    test(`of “${text}” asks for ${wanted ?? 'nothing'}`, () => assert.equal(retryAfterMs(text, now), wanted))

  test('is never in the past, nor more than a day', () =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map(String)), (text) => {
        const wait = retryAfterMs(text, now) ?? 0
        assert.ok(wait >= 0 && wait <= day)
      }),
    ))

  test('as a date keeps the next try until then', async () => {
    const { put, happen, gotBy, receivers, wait, clock } = begin()
    const { url } = await put('one')
    const until = clock.now() + 2 * hour
    receivers.set(url, () => {
      const asked = retryAfterMs(new Date(until).toUTCString(), clock.now())
      return { ok: false, reason: 'busy', status: 503, retryAfterMs: asked }
    })
    await happen()
    // More that waits does not bring it forward.
    clock.advance(30 * minute)
    await happen()
    await wait(85 * minute)
    assert.equal(gotBy(url).length, 1)
    receivers.set(url, () => answered)
    await wait(10 * minute)
    assert.equal(gotBy(url).length, 3)
    assert.ok(gotBy(url).every(({ at }, n) => n === 0 || at >= until))
  })
})
