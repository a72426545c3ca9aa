/** Exit statuses, as docs/cli.md tells them to scripts. */
export const exit = {
  /** It is done, and went as it should. */
  done: 0,
  /** It could not be done: refused, not reachable, not signed in. */
  couldNot: 1,
  /** It was called wrongly. */
  usage: 2,
  /** It was done, and the work ended badly. */
  endedBadly: 3,
  /** Somebody stopped the work: cancelled, aborted, closed. */
  stopped: 4,
  /** `--timeout` is over, and the work is not. */
  notYet: 5,
  /** Ctrl-C, as shells count it. */
  interrupted: 130,
} as const

export type Exit = (typeof exit)[keyof typeof exit]

/** What ends a command: a sentence, and what to do about it. */
export class Failure extends Error {
  readonly remedy: string | undefined
  readonly exit: Exit
  constructor(
    message: string,
    { remedy, exit: status = exit.couldNot }: { remedy?: string; exit?: Exit } = {},
  ) {
    super(message)
    this.name = 'Failure'
    this.remedy = remedy
    this.exit = status
  }
}

/** It was called wrongly. */
export const misused = (message: string, remedy?: string): Failure =>
  new Failure(message, { exit: exit.usage, ...(remedy === undefined ? {} : { remedy }) })
