import '../../support/quiet-logs.ts'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { marshall } from '@aws-sdk/util-dynamodb'
import fc from 'fast-check'
import * as z from 'zod'
import type { ChangeSource } from '../../../lambdas/changes/change.ts'
import { type Event, maxBytes } from '../../../lambdas/events/change-events.ts'
import { publishChanges } from '../../../lambdas/events/publish-changes.ts'
import { shortened } from '../../../lambdas/events/shortened.ts'
import { rounds } from '../../support/rounds.ts'

const CloudEvent = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string().regex(/^[A-Za-z0-9_:#-]{1,200}$/),
  source: z.literal('/groundcrew/Groundcrew'),
  type: z.string(),
  subject: z.string(),
  time: z.iso.datetime(),
  dataschema: z.string(),
  datacontenttype: z.literal('application/json'),
  fleet: z.string().optional(),
  data: z.strictObject({
    record: z.looseObject({ state: z.string() }),
    previous: z.strictObject({ state: z.string().optional() }).optional(),
    cut: z.array(z.string()).optional(),
  }),
})

const State = z.object({ state: z.string(), fleet: z.string().optional(), text: z.string().optional() })

/** A room whose items have a state; a state that is not a text cannot be parsed. */
const room: ChangeSource = {
  concerns: ({ sk }) => sk === 'STATE',
  eventsOf: async ({ key, before, after }, read) => {
    if (!after) return []
    const [now, then] = [State.parse(after), before && State.parse(before)]
    if (now.text === 'more') await read([{ pk: key.pk, sk: 'MORE' }])
    if (now.state === then?.state) return []
    return [
      {
        type: 'groundcrew.upload.uploading.v1',
        subject: `things/${key.pk}`,
        fleet: now.fleet,
        record: now,
        previous: { state: then?.state },
      },
    ]
  },
}

type Item = Record<string, unknown>
let sequences = 0
const record = (pk: string, before: Item | undefined, after: Item | undefined) => ({
  eventName: 'MODIFY',
  dynamodb: {
    Keys: marshall({ pk, sk: 'STATE' }),
    ...(before ? { OldImage: marshall(before) } : {}),
    ...(after ? { NewImage: marshall(after) } : {}),
    SequenceNumber: `${100 + sequences++}`,
    ApproximateCreationDateTime: 1_790_000_000,
  },
})

const world = (troubles: { put?: (event: Event) => boolean; read?: Error; aside?: Error } = {}) => {
  const published: z.infer<typeof CloudEvent>[] = []
  const aside: unknown[] = []
  const publish = publishChanges({
    sources: [room],
    source: '/groundcrew/Groundcrew',
    read: async () => (troubles.read ? Promise.reject(troubles.read) : []),
    put: async (events) => {
      const retryable = new Set<number>()
      for (const [n, event] of events.entries())
        if (troubles.put?.(event) === false) retryable.add(n)
        else published.push(CloudEvent.parse(JSON.parse(event.detail)))
      return { retryable, unacceptable: new Set() }
    },
    putAside: async (one) => (troubles.aside ? Promise.reject(troubles.aside) : void aside.push(one)),
  })
  return { published, aside, publish, troubles }
}

suite('A batch of the stream', () => {
  test('is published as CloudEvents, in order, with the previous state', async () => {
    const { published, publish } = world()
    const first = record('A', undefined, { state: 'one', fleet: 'north' })
    assert.deepEqual(await publish([first, record('A', { state: 'one' }, { state: 'two' })]), [])
    assert.deepEqual(
      published.map(({ subject, fleet, time, data }) => ({ subject, fleet, time, data })),
      [
        {
          subject: 'things/A',
          fleet: 'north',
          time: '2026-09-21T14:13:20.000Z',
          data: { record: { state: 'one', fleet: 'north' }, previous: {} },
        },
        {
          subject: 'things/A',
          fleet: undefined,
          time: '2026-09-21T14:13:20.000Z',
          data: { record: { state: 'two' }, previous: { state: 'one' } },
        },
      ],
    )
  })

  test('makes no event for expired items, for writes that change no state, and for items of no room', async () => {
    const { published, publish } = world()
    const removed = {
      ...record('A', { state: 'one' }, { state: 'two' }),
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    }
    const same = record('A', { state: 'one', percent: 1 }, { state: 'one', percent: 2 })
    const other = record('A', undefined, { state: 'one' })
    other.dynamodb.Keys = marshall({ pk: 'A', sk: 'OTHER' })
    assert.deepEqual(await publish([removed, same, other]), [])
    assert.deepEqual(published, [])
  })

  test('does not stop at a record that cannot be parsed: that is put aside whole, and the others are published', async () => {
    const { published, aside, publish } = world()
    const bad = record('B', undefined, { state: 7 })
    const worse = { dynamodb: { SequenceNumber: '7' } }
    assert.deepEqual(await publish([bad, worse, record('C', undefined, { state: 'one' })]), [])
    assert.deepEqual(new Set(aside), new Set([bad, worse]))
    assert.deepEqual(
      published.map(({ subject }) => subject),
      ['things/C'],
    )
  })

  test('is delivered again from a record for which the table could not be read, or that could not be put aside', async () => {
    for (const troubles of [{ read: new Error('throttled') }, { aside: new Error('no queue') }]) {
      const { published, aside, publish } = world(troubles)
      const [before, at, after] = [
        record('A', undefined, { state: 'one' }),
        record('B', undefined, 'read' in troubles ? { state: 'one', text: 'more' } : { state: 7 }),
        record('C', undefined, { state: 'one' }),
      ]
      assert.deepEqual(await publish([before, at, after]), [at.dynamodb.SequenceNumber])
      assert.deepEqual(
        published.map(({ subject }) => subject),
        ['things/A'],
      )
      assert.deepEqual(aside, [])
    }
  })

  test('has each change at least once with an id of its own, whatever is refused and repeated', async () => {
    await fc.assert(
      fc.asyncProperty(
        // The same states come again and again, of a few items.
        fc.array(fc.tuple(fc.constantFrom('A', 'B'), fc.constantFrom('one', 'two')), { maxLength: 12 }),
        fc.infiniteStream(fc.boolean()),
        async (writes, luck) => {
          const now = new Map<string, string>()
          const records = writes.map(([pk, state]) => {
            const before = now.get(pk)
            now.set(pk, state)
            return record(pk, before === undefined ? undefined : { state: before }, { state })
          })
          const changes = records.filter(
            ({ dynamodb: { OldImage, NewImage } }) => JSON.stringify(OldImage) !== JSON.stringify(NewImage),
          ).length
          let refusals = 0
          const { published, publish } = world({ put: () => refusals++ > 20 || luck.next().value !== false })
          for (let from = 0; from < records.length; ) {
            const [failed] = await publish(records.slice(from))
            if (failed === undefined) break
            from = records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failed)
          }
          const byId = Map.groupBy(published, ({ id }) => id)
          assert.equal(byId.size, changes)
          for (const same of byId.values()) for (const one of same) assert.deepEqual(one, same[0])
        },
      ),
    )
  })
})

/** A list in a map, and so on. */
const nested = (levels: number, leaf: string): unknown =>
  levels === 0 ? leaf : { [leaf]: [nested(levels - 1, leaf)] }

suite('A record that is too long for an event', () => {
  test('is cut at its largest parts, and says where', () => {
    const record = {
      id: 'x',
      archives: [{ boots: Array.from({ length: 9_000 }, (_, n) => n) }, { boots: [1] }],
    }
    const { value, cut } = shortened(record, 1_000)
    assert.deepEqual(cut, ['/archives/0/boots'])
    assert.deepEqual(value, {
      id: 'x',
      archives: [{ boots: record.archives[0]?.boots.slice(0, 140) }, { boots: [1] }],
    })
  })

  test('is cut in its maps too, if its lists and texts are not what makes it long', () => {
    const firmware = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`7CTDM${n}`, '10.01.16.03']))
    const { value, cut } = shortened({ id: 'x', of: ['a', 'b'], firmware }, 1_000)
    assert.deepEqual(cut, ['/firmware', '/of'])
    assert.deepEqual(value, {
      id: 'x',
      of: ['a'],
      firmware: Object.fromEntries(Object.entries(firmware).slice(0, 31)),
    })
  })

  const long = fc.string({ unit: 'binary', maxLength: 30_000, size: 'max' })
  const anything = fc.oneof(
    fc.record({ texts: fc.array(long) }),
    fc.record({
      map: fc.dictionary(fc.string({ maxLength: 300 }), fc.string(), { size: 'max', maxKeys: 2_000 }),
    }),
    fc.record({ map: fc.dictionary(long, fc.nat(), { maxKeys: 3 }) }),
    fc.dictionary(fc.string(), fc.nat(), { size: 'max', maxKeys: 5_000 }),
    // DynamoDB takes 32 levels.
    fc.record({ deep: fc.nat({ max: 15 }).map((levels) => nested(levels, 'x'.repeat(3_000))) }),
  )

  test('leaves a body of at most 20 kB, of any record, and valid text', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (more) => {
        const sizes: number[] = []
        const publish = publishChanges({
          sources: [
            {
              concerns: () => true,
              eventsOf: () => [
                { type: 'groundcrew.package.proved.v1', subject: 's', record: { state: '', ...more } },
              ],
            },
          ],
          source: '/groundcrew/Groundcrew',
          read: async () => [],
          put: async (events) => {
            for (const { detail } of events) {
              sizes.push(Buffer.byteLength(detail))
              const { data, ...rest } = JSON.parse(detail)
              CloudEvent.parse({ ...rest, data: { ...data, record: { state: '' } } })
              assert.equal(typeof data.record, 'object')
              assert.ok(detail.isWellFormed())
            }
            return { retryable: new Set(), unacceptable: new Set() }
          },
          putAside: async () => assert.fail(),
        })
        assert.deepEqual(await publish([record('A', undefined, { state: 'one' })]), [])
        assert.ok(sizes.length === 1 && sizes.every((size) => size <= maxBytes), `${sizes}`)
      }),
      rounds(30),
    )
  })
})
