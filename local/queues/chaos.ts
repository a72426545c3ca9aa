import { seededRandom } from '../seeded-random.ts'

/** What a standard queue may do to anybody at any time, made likely. Probabilities are 0 to 1. */
export type ChaosOptions = {
  /** The same seed gives the same misfortunes for the same sequence of calls. */
  seed: number
  /** Probability that a message is delivered twice. */
  duplicate?: number
  /** Probability that a message comes late, by up to `delayMs`. */
  delay?: number
  delayMs?: number
  /** Hands messages out in random order. */
  reorder?: boolean
}

/** The decisions that a queue asks for. */
export const createChaos = ({
  seed,
  duplicate = 0,
  delay = 0,
  delayMs = 2000,
  reorder = false,
}: ChaosOptions) => {
  const random = seededRandom(seed)
  return {
    reorder,
    copies: (): number => (random() < duplicate ? 2 : 1),
    delayMs: (): number => (random() < delay ? Math.ceil(random() * delayMs) : 0),
    shuffle: <Item>(items: readonly Item[]): readonly Item[] =>
      reorder
        ? items
            .map((item) => ({ item, at: random() }))
            .sort((a, b) => a.at - b.at)
            .map(({ item }) => item)
        : items,
  }
}
export type Chaos = ReturnType<typeof createChaos>
