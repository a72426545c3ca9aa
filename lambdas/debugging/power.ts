import { debugCommand } from '../../protocols/dji-remote-debug/down.ts'
import type { DebugCommand } from '../../protocols/dji-remote-debug/facts.ts'
import type { Known } from '../presence/state.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { NewId } from '../runtime/new-id.ts'
import { OwnError } from '../runtime/own-error.ts'
import type { Publish } from '../runtime/publish.ts'
import { count } from '../runtime/telemetry.ts'
import { seenOf } from './seen.ts'
import { heldBy, isHeld, isOwed, maxLeaseMs, type Session } from './session.ts'
import { enter, type Input, type Outcome, step } from './steps.ts'
import type { debugStore } from './store.ts'

/**
 * Switches a dock's aircraft on while somebody needs it, and always off again. The holder has a lease: when
 * it ends, the sweep closes the dock's debug mode, whatever became of the holder. A command is written before
 * it is sent, so that the sweep takes over after an interruption.
 */

export type PowerNeeds = {
  debug: ReturnType<typeof debugStore>
  presence: { of: (dockSns: readonly string[], consistent?: boolean) => Promise<Known[]> }
  /** What prevents opening the dock's debug mode, besides a session of ours. */
  obstacle: (dockSn: string, now: number) => Promise<'busy' | 'offline' | undefined>
  publish: Publish
  now: () => number
  newId: NewId
}

/**
 * `begun`: it is being opened, or is open; events say when the aircraft is on, or that it could not be
 * switched on. `heldByOther`: another holder has it. `busy`: the dock is busy, or somebody else has it in
 * debug mode. `away`: the dock is offline.
 */
export type Opened = 'begun' | 'heldByOther' | 'busy' | 'offline'

export type AircraftPower = ReturnType<typeof aircraftPower>

export const aircraftPower = (use: PowerNeeds) => ({
  /** The newest session of a dock; undefined: none. */
  find: async (dockSn: string): Promise<Session | undefined> => (await use.debug.find(dockSn))?.session,

  /**
   * Opens the dock's debug mode and switches its aircraft on, for `holder`, until `until` (epoch ms). A
   * repeat by the same holder only renews the lease. `name`: the holder's display name, which need not be
   * unique.
   */
  open: async (dockSn: string, holder: string, until: number, name?: string): Promise<Opened> => {
    const now = use.now()
    const lease = { holder, until: Math.min(until, now + maxLeaseMs) }
    const held = stateFor((await use.debug.find(dockSn))?.session, holder)
    const why = held ?? (await use.obstacle(dockSn, now))
    if (why === 'begun') await advance(use, dockSn, { kind: 'renew', ...lease })
    if (why) return why
    const [known = { registers: {} }] = await use.presence.of([dockSn], true)
    const wasOn = seenOf(known, now).aircraftOnAt !== undefined
    let outcome: Opened = 'begun'
    await change(use, dockSn, (session) => {
      outcome = stateFor(session, holder) ?? 'begun'
      if (session && isOwed(session)) return undefined
      const { opens = [], closedAt } = session ?? {}
      const fresh: Session = { phase: 'off', since: now, ...lease, holderName: name, wasOn, opens, closedAt }
      return enter(fresh, 'opening', nowOf(use))
    })
    return outcome
  },

  /** Extends the lease; false: the holder no longer has it. */
  renew: async (dockSn: string, holder: string, until: number): Promise<boolean> => {
    const lease = { holder, until: Math.min(until, use.now() + maxLeaseMs) }
    const session = await advance(use, dockSn, { kind: 'renew', ...lease })
    return stateFor(session, holder) === 'begun'
  },

  /** Ends the holder's lease: the aircraft is switched off, the debug mode closed. Idempotent. */
  release: async (dockSn: string, holder: string): Promise<void> => {
    await advance(use, dockSn, { kind: 'release', holder })
  },

  /** Closes the dock's debug mode for a person, even if nobody is known to have opened it. */
  close: async (dockSn: string, by: string, name?: string): Promise<Session | undefined> => {
    const now = use.now()
    const unknown: Session = { phase: 'off', since: now, holder: by, holderName: name, until: now, opens: [] }
    return change(use, dockSn, (session = unknown) => step(session, { kind: 'close' }, nowOf(use)))
  },

  /** Takes a message of the dock. Idempotent. */
  heard: (dockSn: string, input: Input): Promise<Session | undefined> => advance(use, dockSn, input),

  /** Takes the steps that depend on time. Idempotent. */
  look: async (dockSn: string): Promise<Session | undefined> => {
    const [known = { registers: {} }] = await use.presence.of([dockSn], true)
    return advance(use, dockSn, { kind: 'time', seen: seenOf(known, use.now()) })
  },
})

/** What an open session means for `holder`; undefined: no session is open. */
const stateFor = (session: Session | undefined, holder: string): Opened | undefined => {
  if (!session || !isOwed(session)) return undefined
  if (!isHeld(session)) return 'busy'
  return session.holder === holder ? 'begun' : 'heldByOther'
}

const advance = (use: PowerNeeds, dockSn: string, input: Input): Promise<Session | undefined> =>
  change(use, dockSn, (session) => session && step(session, input, nowOf(use)))

const nowOf = ({ now, newId }: PowerNeeds) => ({ now: now(), newId })

/** Tries against concurrent writers of the same session: a reply, a report and the sweep. */
const maxTries = 8

class Overtaken extends OwnError {
  override readonly name = 'Overtaken'
}

/**
 * Writes a decision, if the session has not changed since it was read, then sends the command. Resolves to
 * the session after that.
 */
const change = async (
  use: PowerNeeds,
  dockSn: string,
  decide: (session: Session | undefined) => Outcome | undefined,
): Promise<Session | undefined> => {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const found = await use.debug.find(dockSn)
    const outcome = decide(found?.session)
    if (!outcome) return found?.session
    if (!(await use.debug.put(dockSn, outcome.session, found?.rev ?? 0, use.now()))) continue
    if (outcome.session.phase === 'stuck' && found?.session.phase !== 'stuck') {
      log('debugModeStuck', { dockSn, holder: heldBy(outcome.session) })
      count('Incidents')
    }
    if (outcome.send) await sendCommand(use, dockSn, outcome.session, outcome.send)
    return outcome.session
  }
  throw new Overtaken(`other writers keep changing the debug mode of ${dockSn}`)
}

/** The broker drops the command for a dock that is offline for longer than we wait. */
const expiresInSeconds = 30

/** If sending fails, the sweep repeats it, like a command without an answer. */
const sendCommand = async (
  { publish, now }: PowerNeeds,
  dockSn: string,
  { sent }: Session,
  command: DebugCommand,
): Promise<void> => {
  const commandId = sent?.ids.at(-1)
  if (!sent || commandId === undefined) return
  try {
    const ids = { dockSn, commandId, processId: sent.processId, sentAt: now() }
    await publish(debugCommand(ids, command), { expiresInSeconds })
  } catch (error) {
    log('commandNotSent', { dockSn, command, ...errorFields(error) })
    count('CommandsNotSent')
  }
}
