import { seededRandom } from '../seeded-random.ts'

/** What a standard queue may do at any time, made likely. Probabilities are 0 to 1. */
export type ChaosOptions = {
  /** The same seed gives the same disturbances for the same sequence of calls. */
  seed: number
  /** Probability that a message is delivered twice. */
  duplicate?: number
  /** Probability that a message comes late, by up to `delayMs`. */
  delay?: number
  delayMs?: number
  /** Delivers messages in random order. */
  reorder?: boolean
}

/** The disturbances of a queue; without options there are none. */
export const createChaos = (options?: ChaosOptions) => {
  let current = options
  let random = seededRandom(options?.seed ?? 0)
  const shuffled = <Item>(items: readonly Item[]): readonly Item[] =>
    items
      .map((item) => ({ item, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  return {
    /** Replaces the options from now on. */
    set: (next: ChaosOptions | undefined): void => {
      current = next
      random = seededRandom(next?.seed ?? 0)
    },
    reorders: (): boolean => current?.reorder ?? false,
    copies: (): number => (random() < (current?.duplicate ?? 0) ? 2 : 1),
    delayMs: (): number =>
      random() < (current?.delay ?? 0) ? Math.ceil(random() * (current?.delayMs ?? 2000)) : 0,
    shuffle: <Item>(items: readonly Item[]): readonly Item[] => (current?.reorder ? shuffled(items) : items),
  }
}
export type Chaos = ReturnType<typeof createChaos>
