import type { methods } from '../../protocols/dji-remote-debug/topics.ts'

/** How far it is with its aircraft. */
export type PowerReport = {
  method: (typeof methods)['wake' | 'sleep']
  processId: string
  status: 'sent' | 'in_progress' | 'ok' | 'failed'
  result: number
  percent: number
}

/** What changes in a dock with it. `switchedOn`: as it was switched last; undefined: as its faults say. */
export type Debugging = {
  isDebugging: boolean
  switchedOn?: boolean | undefined
  /** Cuts the power in the middle of it. */
  switching?: AbortController | undefined
}
