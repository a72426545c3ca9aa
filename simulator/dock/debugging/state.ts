import type { methods } from '../../../protocols/dji-remote-debug/topics.ts'

/** The progress of switching its aircraft. */
export type PowerReport = {
  method: (typeof methods)['wake' | 'sleep']
  processId: string
  status: 'sent' | 'in_progress' | 'ok' | 'failed'
  result: number
  percent: number
}

/** The debug state of a dock. `switchedOn`: as last switched; undefined: by its faults. */
export type Debugging = {
  isDebugging: boolean
  switchedOn?: boolean | undefined
  /** Aborted by a power cut during the switching. */
  switching?: AbortController | undefined
}
