import type { Storage } from './storage.ts'
import type { Written } from './streams.ts'
import type { Throttle } from './throttling.ts'
import type { Usage } from './worker-messages.ts'

/** The input of every operation. */
export type Call = {
  operation: string
  input: object
  storage: Storage
  throttle: Throttle
  written: Written
  /** Called with all consumption, failed conditions included. */
  meter: (usage: Usage) => void
}
