/** The exit statuses; docs/cli.md documents them. */
export const exit = {
  /** Success. */
  done: 0,
  /** Not done: refused, unreachable, not signed in. */
  couldNot: 1,
  /** Wrong usage. */
  usage: 2,
  /** The work ended, and failed. */
  endedBadly: 3,
  /** Somebody stopped the work: canceled, aborted, closed. */
  stopped: 4,
  /** `--timeout` passed, and the work goes on. */
  notYet: 5,
  /** Ctrl-C, as shells report it. */
  interrupted: 130,
} as const

export type Exit = (typeof exit)[keyof typeof exit]

/** An error that ends a command: a sentence, and what to do. */
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

/** The failure for wrong usage. */
export const misused = (message: string, remedy?: string): Failure =>
  new Failure(message, { exit: exit.usage, ...(remedy === undefined ? {} : { remedy }) })
