import type { Storage } from './storage.ts'
import type { Written } from './streams.ts'
import type { Throttle } from './throttling.ts'
import type { Usage } from './worker-messages.ts'

/** What every operation is given. */
export type Call = {
  operation: string
  input: object
  storage: Storage
  throttle: Throttle
  written: Written
  /** Told of every consumption, failed conditions included. */
  meter: (usage: Usage) => void
}
