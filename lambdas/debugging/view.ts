import { explainDebugResult } from '../../protocols/dji-remote-debug/results.ts'
import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import { type Failure, heldBy, isHeld, type Phase, type Session } from './session.ts'
import type * as shapes from './shapes.ts'

type DebugMode = View<typeof shapes.DebugMode>

export const stateOf = (phase: Phase): DebugMode['state'] =>
  phase === 'sleeping' || phase === 'leaving' ? 'closing' : phase

/** A dock's debug mode as the API shows it. Pure. */
export const debugView = (dockSn: string, session: Session | undefined): DebugMode => {
  if (!session) return { dockSn, state: 'off' }
  const { phase, since, until, failure, aircraftLeftOn } = session
  return {
    dockSn,
    state: stateOf(phase),
    since: iso(since),
    ...(isHeld(session) ? { heldBy: heldBy(session), until: iso(until) } : {}),
    failure: failure && failureView(failure),
    aircraftLeftOn,
  }
}

const silences = {
  noAnswer: 'The dock did not answer.',
  notInTime: 'The dock began, but did not report that it was done.',
} as const

const failureView = ({ step, reason: why, code, at }: Failure): NonNullable<DebugMode['failure']> => {
  const head = { step, why, at: iso(at) }
  if (why === 'noAnswer' || why === 'notInTime')
    return {
      ...head,
      reason: silences[why],
      retryable: true,
      advice: 'Check whether the dock is online, then try again.',
    }
  const { reason, advice, retryable } = explainDebugResult(code ?? 0)
  return { ...head, code, reason, advice, retryable }
}
