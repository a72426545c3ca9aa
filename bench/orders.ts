import { seededRandom } from '../local/seeded-random.ts'

/** The order, and the batches, in which a function gets the same reports. */
export type Order = {
  name: string
  /** How many positions a report may come early or late. */
  within: number
  /** Reports in a batch, as a multiple of the machines that report. */
  ofEach: number
  /** Copies of the function that alternate, each with its own memory. */
  copies: number
}

/** So far that no order is left. */
const everywhere = 1e9

/** The first is the normal case: in order, one report at a time. `ofEach: 0` is a batch of one report. */
export const orders: readonly Order[] = [
  { name: 'in order, one by one', within: 0, ofEach: 0, copies: 1 },
  { name: 'a few places out of order, one by one', within: 50, ofEach: 0, copies: 1 },
  { name: 'a few places out of order, one by one, to 3 copies in turn', within: 50, ofEach: 0, copies: 3 },
  { name: 'shuffled, one by one', within: everywhere, ofEach: 0, copies: 1 },
  { name: 'shuffled, one by one, to 3 copies in turn', within: everywhere, ofEach: 0, copies: 3 },
  { name: 'in order, 2 of a machine in a batch', within: 0, ofEach: 2, copies: 1 },
  { name: 'in order, 5 of a machine in a batch', within: 0, ofEach: 5, copies: 1 },
  { name: 'shuffled, batches for 2 of each machine', within: everywhere, ofEach: 2, copies: 3 },
  { name: 'shuffled, batches for 5 of each machine', within: everywhere, ofEach: 5, copies: 3 },
]

/** The same items in another, reproducible order. */
const shuffled = <Item>(items: readonly Item[], within: number): Item[] => {
  const random = seededRandom(1)
  return items
    .map((item, n) => ({ item, at: n + random() * within }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/** Batches of the items, which are every machine's first report, then every machine's second. */
export const batches = <Item>(
  items: readonly Item[],
  machines: number,
  { within, ofEach }: Order,
): Item[][] => {
  const size = ofEach === 0 ? 1 : machines * ofEach
  const all = shuffled(items, within)
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size))
}
