/**
 * How often a property is tried whose every try costs milliseconds or more: in CI so often, elsewhere a third of that. Each run tries
 * others, so all runs together try as many.
 */
export const isCi = process.env.CI === 'true' || process.env.CI === '1'

export const rounds = (inCi: number): { numRuns: number } => ({ numRuns: isCi ? inCi : Math.ceil(inCi / 3) })
