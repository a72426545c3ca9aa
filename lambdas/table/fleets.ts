/** The fleets in which a caller may act. */
export type Fleets = 'all' | readonly string[]

/** Whether a caller may act in a fleet. */
export const includes = (fleets: Fleets, fleet: string): boolean => fleets === 'all' || fleets.includes(fleet)

/** The caller's fleets, or only the requested one if it is among them. */
export const narrowed = (fleets: Fleets, fleet: string | undefined): Fleets =>
  fleet === undefined ? fleets : includes(fleets, fleet) ? [fleet] : []
