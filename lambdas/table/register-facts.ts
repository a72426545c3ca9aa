/** Registers: each keeps one fact. Pure. */

/** A register keeps the fact with the greatest `order`. */
export type Fact = { order: string }
export type Facts = Readonly<Record<string, Fact | undefined>>

/** The facts of `some` that would replace those of `known`. */
export const factsAhead = <Some extends Facts>(some: Some, known: Facts): Partial<Some> =>
  Object.fromEntries(
    Object.entries(some).filter(([name, fact]) => fact && fact.order > (known[name]?.order ?? '')),
  ) as Partial<Some>
