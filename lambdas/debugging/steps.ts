import type { Mode } from '../../protocols/dji-dock/modes.ts'
import type { DebugCommand, DebugReply, PowerProgress } from '../../protocols/dji-remote-debug/facts.ts'
import { isOutOfDebugMode } from '../../protocols/dji-remote-debug/results.ts'
import { type Failure, isHeld, type Phase, type Session } from './session.ts'

/**
 * The state machine of a dock's debug mode: one table, and the events in it. Pure. The main rule: whatever
 * happens, it ends with a close that the dock has confirmed, or with an alarm for an operator.
 */

type Step = {
  command: DebugCommand
  /** How often it is sent until the dock replies, at least `silenceMs` apart. */
  tries: number
  silenceMs: number
  /** The time in which an accepted command has to end; absent: the acceptance is the end. */
  endMs?: number
  done: Phase
  /** The next phase if the dock refuses; absent: the command is sent again. */
  refused?: Phase
  /** The next phase if it fails, or the dock stays silent. */
  givenUp: Phase
}

const seconds = 1000
const minutes = 60 * seconds

/**
 * `open` is sent once: after a second one, "already in debug mode" would not tell whether the first caused
 * it. A dock that is offline for a quarter of an hour is not waited for any longer: a person has to know.
 */
export const steps: Readonly<Record<Exclude<Phase, 'on' | 'off' | 'stuck'>, Step>> = {
  opening: {
    command: 'open',
    tries: 1,
    silenceMs: 30 * seconds,
    done: 'waking',
    refused: 'off',
    givenUp: 'leaving',
  },
  waking: {
    command: 'wake',
    tries: 3,
    silenceMs: 30 * seconds,
    endMs: 3 * minutes,
    done: 'on',
    refused: 'leaving',
    givenUp: 'sleeping',
  },
  sleeping: {
    command: 'sleep',
    tries: 3,
    silenceMs: 30 * seconds,
    endMs: 2 * minutes,
    done: 'leaving',
    givenUp: 'leaving',
  },
  leaving: { command: 'close', tries: 15, silenceMs: 55 * seconds, done: 'off', givenUp: 'stuck' },
}

/**
 * A stuck dock gets a close whenever it comes back, for this long; after that, a person may be working on it.
 * A relay's report that it has closed still counts.
 */
const stuckRetryMs = 7 * 24 * 60 * minutes
/** Ids of open commands that are kept: enough for docks that accept one a day late. */
const maxOpens = 5
/** More than any phase's tries; a stuck dock may come back more often. */
const maxIds = 20

/** What presence knows; `at`: when it was reported. */
export type Seen = {
  cameAt: number
  mode?: { mode: Mode; at: number } | undefined
  aircraftOnAt?: number | undefined
}

/** `at`: when the broker received the dock's message. */
export type Input =
  | ({ kind: 'reply'; at: number } & Pick<DebugReply, 'commandId' | 'result' | 'refused' | 'isDone'>)
  | ({ kind: 'progress'; at: number } & Pick<PowerProgress, 'command' | 'processId' | 'end' | 'result'>)
  | { kind: 'time'; seen: Seen }
  | { kind: 'renew'; holder: string; until: number }
  | { kind: 'release'; holder: string }
  /** A person closes it, whoever holds it. */
  | { kind: 'close' }

/** `newId` makes ids of commands. */
export type Now = { now: number; newId: (now: number) => string }

/** The session after an input, and the command to send once that is written. */
export type Outcome = { session: Session; send?: DebugCommand }

/** What an input changes; undefined: nothing. */
export const step = (session: Session, input: Input, at: Now): Outcome | undefined => {
  switch (input.kind) {
    case 'reply':
      return onReply(session, input, at)
    case 'progress':
      return onProgress(session, input, at)
    case 'time':
      return onTime(session, input.seen, at)
    case 'renew': {
      const extendsLease = isHeld(session) && session.holder === input.holder && input.until > session.until
      return extendsLease ? { session: { ...session, until: input.until } } : undefined
    }
    case 'release':
      return isHeld(session) && session.holder === input.holder ? end(session, at) : undefined
    case 'close':
      if (isHeld(session)) return end(session, at)
      return session.phase === 'stuck' || session.phase === 'off' ? enter(session, 'leaving', at) : undefined
  }
}

/** Enters a phase, with its first command if it has one. */
export const enter = (session: Session, phase: Phase, at: Now, more: Partial<Session> = {}): Outcome => {
  if (phase === 'sleeping' && session.wasOn) return enter(session, 'leaving', at, more)
  const { sent: _, ...rest } = session
  const entered: Session = { ...rest, ...more, phase, since: at.now }
  const command = commandOf(phase)
  return command ? send({ ...entered, sent: firstOf(at) }, command, at) : { session: entered }
}

const commandOf = (phase: Phase): DebugCommand | undefined =>
  phase === 'on' || phase === 'off' || phase === 'stuck' ? undefined : steps[phase].command

const firstOf = ({ now, newId }: Now): NonNullable<Session['sent']> => ({
  ids: [],
  processId: newId(now),
  firstAt: now,
  lastAt: now,
})

/** Adds a command to be sent, with an id of its own. */
const send = (session: Session, command: DebugCommand, at: Now): Outcome => {
  const sent = session.sent ?? firstOf(at)
  const id = at.newId(at.now)
  const opens = command === 'open' ? [id, ...session.opens].slice(0, maxOpens) : session.opens
  const ids = [...sent.ids, id].slice(-maxIds)
  return { session: { ...session, opens, sent: { ...sent, ids, lastAt: at.now } }, send: command }
}

/** Ends the holder's use: what was opened is closed. */
const end = (session: Session, at: Now): Outcome =>
  enter(session, session.phase === 'opening' ? 'leaving' : 'sleeping', at)

const failed = (session: Session, failure: Omit<Failure, 'step'>): Partial<Session> => {
  const step = session.phase === 'opening' ? 'open' : session.phase === 'waking' ? 'wake' : undefined
  if (step) return { failure: { step, ...failure } }
  return session.phase === 'sleeping' ? { aircraftLeftOn: true } : {}
}

const onReply = (
  session: Session,
  { commandId, result, refused, isDone, at: reportedAt }: Extract<Input, { kind: 'reply' }>,
  at: Now,
): Outcome | undefined => {
  const { phase, sent } = session
  const isNo = result !== 0 || refused === true
  if (!sent?.ids.includes(commandId)) {
    // The acceptance came after we gave up: now the dock is in debug mode, and nobody holds it.
    const isOpenYet = phase === 'off' && !isNo && session.opens.includes(commandId)
    return isOpenYet && reportedAt > (session.closedAt ?? 0) ? enter(session, 'leaving', at) : undefined
  }
  const isClosing = phase === 'leaving' || phase === 'stuck'
  if (isClosing && (!isNo || isOutOfDebugMode(result)))
    return enter(session, 'off', at, { closedAt: reportedAt })
  if (phase === 'stuck' || phase === 'on' || phase === 'off') return undefined
  const { done, refused: ifRefused, endMs } = steps[phase]
  if (isNo) {
    if (sent.answeredAt !== undefined) return undefined
    const next = ifRefused ?? (isOutOfDebugMode(result) ? steps[phase].givenUp : undefined)
    if (!next) return { session: { ...session, sent: { ...sent, refusal: result } } }
    return enter(session, next, at, failed(session, { reason: 'refused', code: result, at: reportedAt }))
  }
  if (endMs === undefined || isDone) return enter(session, done, at)
  return sent.answeredAt === undefined
    ? { session: { ...session, sent: { ...sent, answeredAt: at.now } } }
    : undefined
}

const onProgress = (
  session: Session,
  { command, processId, end, result, at: reportedAt }: Extract<Input, { kind: 'progress' }>,
  at: Now,
): Outcome | undefined => {
  const { phase, sent } = session
  if ((phase !== 'waking' && phase !== 'sleeping') || !sent) return undefined
  const { command: awaited, done, givenUp } = steps[phase]
  const isOurs = command === undefined ? processId === sent.processId : command === awaited
  // A report from before our command belongs to an earlier one.
  if (!isOurs || reportedAt < sent.firstAt - clockToleranceMs) return undefined
  if (end === 'done' && result === undefined) return enter(session, done, at)
  if (end !== undefined)
    return enter(
      session,
      givenUp,
      at,
      failed(session, { reason: 'failed', code: result ?? 0, at: reportedAt }),
    )
  return sent.answeredAt === undefined
    ? { session: { ...session, sent: { ...sent, answeredAt: at.now } } }
    : undefined
}

/** The most by which our functions' clocks and the broker's differ. */
const clockToleranceMs = 2 * seconds

const onTime = (session: Session, seen: Seen, at: Now): Outcome | undefined => {
  const { phase, since, sent, until } = session
  if (phase === 'off') return undefined
  if (isHeld(session) && at.now >= until) return end(session, at)
  if (phase === 'on' || !sent) return undefined
  const { mode, aircraftOnAt = 0 } = seen
  const isClosing = phase === 'leaving' || phase === 'stuck'
  if (isClosing && mode && mode.mode !== 'remoteDebugging' && mode.at > sent.lastAt + settlesMs)
    return enter(session, 'off', at, { closedAt: mode.at })
  if (phase === 'stuck') {
    const sendsAgain = at.now < since + stuckRetryMs && seen.cameAt > sent.lastAt
    return sendsAgain ? send(session, 'close', at) : undefined
  }
  if (phase === 'waking' && aircraftOnAt > sent.firstAt) return enter(session, 'on', at)
  return onSilence(session, sent, at)
}

/** A mode reported within this time may be from before the command. */
const settlesMs = 15 * seconds

const onSilence = (session: Session, sent: NonNullable<Session['sent']>, at: Now): Outcome | undefined => {
  const { phase } = session
  if (phase === 'on' || phase === 'off' || phase === 'stuck') return undefined
  const { command, tries, silenceMs, endMs = 0, givenUp } = steps[phase]
  const { answeredAt, lastAt, ids } = sent
  if (answeredAt !== undefined && at.now < answeredAt + endMs) return undefined
  if (answeredAt === undefined && at.now < lastAt + silenceMs) return undefined
  if (answeredAt === undefined && ids.length < tries) return send(session, command, at)
  const reason = answeredAt === undefined ? 'noAnswer' : 'notInTime'
  const more = failed(session, { reason, at: at.now })
  // The last command is still valid: a late acceptance of it ends the phase.
  return givenUp === 'stuck'
    ? { session: { ...session, phase: 'stuck', since: at.now } }
    : enter(session, givenUp, at, more)
}
