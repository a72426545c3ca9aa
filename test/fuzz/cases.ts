import { isCi } from '../support/rounds.ts'

/** How many cases are tried: in CI a hundred thousand of those that take microseconds, else so many that nobody waits. */
export const cases = { pure: isCi ? 100_000 : 3_000, overHttp: isCi ? 5_000 : 300 }
