/**
 * How many cases are tried: in CI a hundred thousand of those that take microseconds, else so many that
 * nobody waits.
 */
const isCi = process.env.CI === 'true' || process.env.CI === '1'

export const cases = { pure: isCi ? 100_000 : 10_000, overHttp: isCi ? 5_000 : 600 }
