import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DynaliteStore, Level, Range } from '../../../local/dynamodb/dynalite-store.ts'
import { createLagging } from '../../../local/dynamodb/lagging.ts'
import type { Item } from '../../../local/dynamodb/tables.ts'
import { viewOf } from '../../../local/dynamodb/views.ts'

const prefix = 'item-Jobs~'
const itemOf = (n: number): Item => ({ n: { N: String(n) } })

/** LevelDB as far as a reader needs it. */
const levelOver = (items: Map<string, Item>): Level => ({
  get: async (key) => items.get(key),
  batch: async () => {},
  async *iterator({ gt, gte, lt, lte, reverse = false, limit = -1 }: Range) {
    const inRange = (key: string): boolean =>
      (gt === undefined || key > gt) &&
      (gte === undefined || key >= gte) &&
      (lt === undefined || key < lt) &&
      (lte === undefined || key <= lte)
    const found = [...items].filter(([key]) => inRange(key)).toSorted(([a], [b]) => (a < b ? -1 : 1))
    if (reverse) found.reverse()
    yield* limit < 0 ? found : found.slice(0, limit)
  },
})

type Write = { key: string; value: number | undefined; visibleAt: number }

/**
 * What a reader sees at a time who hears of writes when they become visible, those of a key in their order.
 */
const model = (writes: readonly Write[], now: number): Map<string, Item> => {
  const seen = new Map<string, Item>()
  const latest = new Map<string, number>()
  for (const { key, value, visibleAt } of writes) {
    const at = Math.max(visibleAt, latest.get(key) ?? 0)
    latest.set(key, at)
    if (at > now) continue
    if (value === undefined) seen.delete(key)
    else seen.set(key, itemOf(value))
  }
  return seen
}

const rangesOver = (keys: readonly string[]) =>
  fc.record({
    from: fc.constantFrom(...keys),
    to: fc.constantFrom(...keys),
    reverse: fc.boolean(),
    limit: fc.constantFrom(-1, 1, 2, 5),
    isOpen: fc.boolean(),
  })

const read = async (view: DynaliteStore, range: Range): Promise<unknown[]> =>
  await view.getItemDb('Jobs').createValueStream(range).toArray()

const get = (view: DynaliteStore, key: string): Promise<Item | undefined> =>
  new Promise((resolve) => view.getItemDb('Jobs').get(key, (_, item) => resolve(item)))

test('who lags behind sees at each moment what was there, key by key, in every range', async () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  const write = fc.record({
    key: fc.constantFrom(...keys),
    value: fc.option(fc.nat(9), { nil: undefined }),
    lag: fc.constantFrom(0, 1, 3, 10),
    pause: fc.constantFrom(0, 0, 1, 4),
  })
  const property = fc.asyncProperty(
    fc.array(write, { maxLength: 25 }),
    rangesOver(keys),
    async (script, { from, to, reverse, limit, isOpen }) => {
      let now = 1
      const lagging = createLagging<Item>(() => now)
      const items = new Map<string, Item>()
      const table = () => assert.fail('not asked for')
      const view = viewOf(levelOver(items), table, { table: () => lagging, index: () => lagging })
      const range = { ...(isOpen ? { gt: from, lt: to } : { gte: from, lte: to }), reverse, limit }
      const writes: Write[] = []
      for (const { key, value, lag, pause } of script) {
        now += pause
        writes.push({ key, value, visibleAt: now + lag })
        lagging.note(prefix + key, items.get(prefix + key), now + lag)
        if (value === undefined) items.delete(prefix + key)
        else items.set(prefix + key, itemOf(value))

        const seen = model(writes, now)
        const wanted: Item[] = []
        for await (const [, item] of levelOver(seen).iterator(range)) wanted.push(item)
        assert.deepEqual(await read(view, range), wanted)
        assert.deepEqual(await get(view, key), seen.get(key))
      }
      now = Math.max(now, lagging.settledAt())
      assert.deepEqual(
        await read(view, {}),
        [...items].toSorted().map(([, item]) => item),
      )
    },
  )
  await fc.assert(property, { numRuns: 300 })
})
