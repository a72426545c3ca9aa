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
import { heldBy, isHeld, isOwed, mostLeaseMs, type Session } from './session.ts'
import { enter, type Input, type Outcome, step } from './steps.ts'
import type { debugStore } from './store.ts'

/**
 * Switches a dock's aircraft on for as long as somebody needs it, and always off again. Whoever needs it holds
 * a lease: when that ends, whatever became of its holder, the clock closes the dock's debug mode. What is to be
 * sent is written first, so that whoever dies in between leaves it to the clock.
 */

export type PowerNeeds = {
  debug: ReturnType<typeof debugStore>
  presence: { of: (dockSns: readonly string[], consistent?: boolean) => Promise<Known[]> }
  /** What keeps a dock from being opened, besides a session of ours. */
  obstacle: (dockSn: string, now: number) => Promise<'busy' | 'away' | undefined>
  publish: Publish
  now: () => number
  newId: NewId
}

/**
 * `begun`: it is being opened, or is open; events tell when the aircraft is on, or that it is not to be had.
 * `heldByOther`: another has it, for a while. `busy`: the dock is at something else, or in debug mode by
 * somebody else. `away`: nothing that it is told reaches it.
 */
export type Opened = 'begun' | 'heldByOther' | 'busy' | 'away'

export type AircraftPower = ReturnType<typeof aircraftPower>

export const aircraftPower = (use: PowerNeeds) => ({
  /** The newest session of a dock; undefined: none. */
  find: async (dockSn: string): Promise<Session | undefined> => (await use.debug.find(dockSn))?.session,

  /**
   * Opens the dock's debug mode and switches its aircraft on, for `holder`, until then (epoch ms). By the same
   * holder again it only renews the lease. `name`: what the holder is called, which others may be called, too.
   */
  open: async (dockSn: string, holder: string, until: number, name?: string): Promise<Opened> => {
    const now = use.now()
    const lease = { holder, until: Math.min(until, now + mostLeaseMs) }
    const held = standing((await use.debug.find(dockSn))?.session, holder)
    const why = held ?? (await use.obstacle(dockSn, now))
    if (why === 'begun') await advance(use, dockSn, { kind: 'renew', ...lease })
    if (why) return why
    const [known = { registers: {} }] = await use.presence.of([dockSn], true)
    const wasOn = seenOf(known, now).aircraftOnAt !== undefined
    let outcome: Opened = 'begun'
    await change(use, dockSn, (session) => {
      outcome = standing(session, holder) ?? 'begun'
      if (session && isOwed(session)) return undefined
      const { opens = [], closedAt } = session ?? {}
      const fresh: Session = { phase: 'off', since: now, ...lease, holderName: name, wasOn, opens, closedAt }
      return enter(fresh, 'opening', nowOf(use))
    })
    return outcome
  },

  /** Makes the lease longer; false: the holder has it no more. */
  renew: async (dockSn: string, holder: string, until: number): Promise<boolean> => {
    const lease = { holder, until: Math.min(until, use.now() + mostLeaseMs) }
    const session = await advance(use, dockSn, { kind: 'renew', ...lease })
    return standing(session, holder) === 'begun'
  },

  /** The holder needs it no more: aircraft off, debug mode closed. Safe to repeat. */
  release: async (dockSn: string, holder: string): Promise<void> => {
    await advance(use, dockSn, { kind: 'release', holder })
  },

  /** A person wants the dock's debug mode closed, also where nobody is known to have opened it. */
  close: async (dockSn: string, by: string, name?: string): Promise<Session | undefined> => {
    const now = use.now()
    const unknown: Session = { phase: 'off', since: now, holder: by, holderName: name, until: now, opens: [] }
    return change(use, dockSn, (session = unknown) => step(session, { kind: 'close' }, nowOf(use)))
  },

  /** What the dock said. Safe to repeat. */
  heard: (dockSn: string, input: Input): Promise<Session | undefined> => advance(use, dockSn, input),

  /** What time makes of it. Safe to repeat. */
  look: async (dockSn: string): Promise<Session | undefined> => {
    const [known = { registers: {} }] = await use.presence.of([dockSn], true)
    return advance(use, dockSn, { kind: 'time', seen: seenOf(known, use.now()) })
  },
})

/** What an open session means to who wants one; undefined: none is in the way. */
const standing = (session: Session | undefined, holder: string): Opened | undefined => {
  if (!session || !isOwed(session)) return undefined
  if (!isHeld(session)) return 'busy'
  return session.holder === holder ? 'begun' : 'heldByOther'
}

const advance = (use: PowerNeeds, dockSn: string, input: Input): Promise<Session | undefined> =>
  change(use, dockSn, (session) => session && step(session, input, nowOf(use)))

const nowOf = ({ now, newId }: PowerNeeds) => ({ now: now(), newId })

/** Others that write the same session at once: a reply, a report and the clock. */
const mostTries = 8

class Overtaken extends OwnError {
  override readonly name = 'Overtaken'
}

/**
 * Writes what was decided, if what it was decided from is still so, and then tells the dock. Resolves to the
 * session as it then is.
 */
const change = async (
  use: PowerNeeds,
  dockSn: string,
  decide: (session: Session | undefined) => Outcome | undefined,
): Promise<Session | undefined> => {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const found = await use.debug.find(dockSn)
    const outcome = decide(found?.session)
    if (!outcome) return found?.session
    if (!(await use.debug.put(dockSn, outcome.session, found?.rev ?? 0, use.now()))) continue
    if (outcome.session.phase === 'stuck' && found?.session.phase !== 'stuck') {
      log('debugModeStuck', { dockSn, holder: heldBy(outcome.session) })
      count('Incidents')
    }
    if (outcome.send) await tell(use, dockSn, outcome.session, outcome.send)
    return outcome.session
  }
  throw new Overtaken(`the debug mode of ${dockSn} is written by others`)
}

/** A dock that is away for longer than we wait gets it no more. */
const expiresInSeconds = 30

/** What could not be sent is sent again by the clock, as what was not answered. */
const tell = async (
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
