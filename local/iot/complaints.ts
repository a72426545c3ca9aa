import { Refusal, Unavailable } from './refusal.ts'

/** The most lines a minute in the terminal. */
const perMinute = 10
const minuteMs = 60_000

/** Text from a client, made safe for a terminal: printable, and of limited length. */
const shown = (text: string): string =>
  JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}…` : text).replaceAll(
    /[^\x20-\x7e…]/g,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )

/** The connection ended because one side is gone, or not ready: no refusal. */
const isParting = (error: Error): boolean =>
  error instanceof Unavailable ||
  ('code' in error && typeof error.code === 'string') ||
  ['keep alive timeout', 'connection closed', 'drain timeout'].includes(error.message)

/** `where` is the port that the client used: `mqtt`, or `edge`. */
export type Complain = (where: string, clientId: string | undefined, error: Error) => void

/**
 * Reports clients that the broker refuses: one line each, with advice. The same line appears once a minute,
 * and at most ten different ones do. A refused client reconnects every second.
 */
export const createComplaints = ({
  warn,
  now,
}: {
  warn: (line: string) => void
  now: () => number
}): Complain => {
  let lines = new Set<string>()
  let hidden = 0
  let since = -Infinity

  const report = (line: string): void => {
    if (now() - since >= minuteMs) {
      if (hidden > 0) warn(`mqtt: ${hidden} more refusals like these were not shown`)
      lines = new Set()
      hidden = 0
      since = now()
    }
    if (lines.has(line) || lines.size >= perMinute) {
      hidden += 1
      return
    }
    lines.add(line)
    warn(line)
  }

  return (where, clientId, error) => {
    if (isParting(error)) return
    const who = clientId ? `client ${shown(clientId)}` : 'a client'
    const advice = error instanceof Refusal ? ` ${error.advice}` : ''
    report(`${where}: ${who} is refused: ${error.message}.${advice}`)
  }
}
