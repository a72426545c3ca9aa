import type { Faults } from './dynamodb/faults.ts'
import type { Functions } from './functions/open-functions.ts'

/** What a test can make fail in a running stack. */
export const createFaults = (functions: Functions, database: Faults) => ({
  /** The next `times` invocations of a function fail before it runs. `name` is its file's: `record-progress`. */
  failFunction: (name: string, times = 1): void => {
    const part = name.replaceAll('-', '').toLowerCase()
    const matching = functions.all.filter((one) => one.logicalId.toLowerCase().includes(part))
    if (matching.length !== 1)
      throw new Error(`${matching.length} functions of the template are called ${name}`)
    for (const one of matching) one.failNext(times)
  },
  /** The next calls of a DynamoDB operation fail with the code. */
  failDatabase: database.failNext,
})
