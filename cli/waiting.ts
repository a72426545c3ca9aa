import { type WaitOptions, WaitTimeoutError } from '../client/index.ts'
import type { Context } from './context.ts'
import { exit, Failure } from './exit.ts'
import type { Step } from './output/progress.ts'

/** Prints how to continue if Ctrl-C interrupts the work. */
export const orElse = async <Result>(
  { out, signal }: Context,
  how: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  const say = () => out.note(how)
  signal.addEventListener('abort', say, { once: true })
  try {
    return await work()
  } finally {
    signal.removeEventListener('abort', say)
  }
}

type Watch<Record> = {
  /** Seconds, as `--timeout` gives them. */
  timeout?: number | undefined
  /** The progress of a record. */
  step: (record: Record) => Step
  /** The command that resumes watching, printed after an interruption or a timeout. */
  again: string
  /** Prints no record with `--json`: the command's result is another record. */
  quiet?: boolean
}

/**
 * Waits with one of the client's `waitFor`: shows each change, ends with Ctrl-C or after `timeout`, and then
 * prints how to continue. The work itself goes on in the backend.
 * @throws Failure after `timeout`
 */
export const watched = async <Record>(
  context: Context,
  { timeout, step, again, quiet = false }: Watch<Record>,
  wait: (options: WaitOptions<Record>) => Promise<Record>,
): Promise<Record> => {
  const { out, pace, signal } = context
  const options: WaitOptions<Record> = {
    signal,
    ...pace,
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }),
    onChange: (record) => {
      if (!out.json) out.progress.show(step(record))
      else if (!quiet) out.record(record, () => '')
    },
    onUnreachable: () => out.progress.show({ text: 'The backend is away; waiting until it is back' }),
  }
  const how = `It goes on without this. To watch it again: ${again}`
  const ended = await orElse(context, how, () => wait(options)).catch((error: unknown) => {
    if (!(error instanceof WaitTimeoutError)) throw error
    const message = 'It has not ended in the time that --timeout gives'
    throw new Failure(message, { remedy: how, exit: exit.notYet })
  })
  out.progress.clear()
  return ended
}
