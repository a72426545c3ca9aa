import type { Change, ChangeEvent, ChangeSource } from '../changes/change.ts'
import { attemptKey, deviceKey } from '../table/keys.ts'
import { type Device, readDevice } from './devices.ts'
import { indexEntryOf } from './project-upgrade.ts'
import { marksOf } from './registers.ts'
import { type Attempt, upgradeStatus } from './state.ts'
import { upgradeStates } from './upgrade-states.ts'
import { attemptHref, attemptView } from './view.ts'

/**
 * The events of attempts: each projected state, how well it is known, and each offer. What a device reports
 * about an upgrade that nobody requested is no event.
 */

const [prefix, hot] = [deviceKey('').pk, deviceKey('').sk]

export const upgradeChanges: ChangeSource = {
  concerns: ({ pk, sk }) => pk.startsWith(prefix) && (sk === hot || sk.startsWith(attemptKey('', '').sk)),
  eventsOf: ({ key, before, after, at }: Change) => {
    const [now, earlier] = [after && readDevice(after), before && readDevice(before)]
    if (!now?.attempt) return []
    if (earlier?.attempt?.id === now.attempt.id) return eventsOf(now, earlier, at)
    // The hot item's change publishes the end of a replaced attempt, so that it is published once.
    if (key.sk !== hot) return []
    const former = earlier?.attempt && closedBy(earlier, earlier.attempt, now.attempt)
    return [...(former ? eventsOf(former, earlier, at) : []), ...eventsOf(now, undefined, at)]
  },
}

/** The replaced attempt as in its own item, which the same transaction wrote. */
const closedBy = (earlier: Device, attempt: Attempt, { openedAt, id }: Attempt): Device => {
  const receipt = { receivedAt: openedAt, receiptId: id }
  const closed = { ...marksOf(receipt).earliest, at: openedAt, by: 'replaced' }
  const registers = { ...earlier.registers, closed: earlier.registers.closed ?? closed }
  const device = { ...earlier, registers }
  return { ...device, indexed: indexEntryOf(device, upgradeStatus(attempt, registers, openedAt)) }
}

const eventsOf = (now: Device, earlier: Device | undefined, at: number): ChangeEvent[] => {
  const { attempt, deviceId, fleet, indexed } = now
  if (!attempt) return []
  const state = upgradeStates.find((one) => one === indexed.state) ?? 'pending'
  const record = { ...attemptView(now, attempt, momentOf(now, at)), state, evidence: indexed.evidence }
  const subject = attemptHref(deviceId, attempt.id).replace(/^\/v1\//, '')
  const previous = { state: earlier?.indexed.state }
  return typesOf(now, earlier, state).map((type) => ({
    type,
    subject,
    fleet,
    record,
    previous,
    version: attempt.id,
  }))
}

const typesOf = (
  { indexed, registers: { offered } }: Device,
  earlier: Device | undefined,
  state: (typeof upgradeStates)[number],
): ChangeEvent['type'][] => {
  const before = earlier?.indexed
  const isKnownNow = indexed.evidence !== undefined && indexed.evidence !== before?.evidence
  return [
    ...(offered && offered.order !== earlier?.registers.offered?.order
      ? ['groundcrew.upgrade.offered.v1' as const]
      : []),
    ...(isKnownNow && indexed.evidence === 'matched' ? ['groundcrew.upgrade.matched.v1' as const] : []),
    ...(isKnownNow && indexed.evidence === 'confirmed' ? ['groundcrew.upgrade.confirmed.v1' as const] : []),
    ...(state !== before?.state ? [`groundcrew.upgrade.${state}.v1` as const] : []),
  ]
}

/** The stream has whole seconds: the record is shown as of the moment at which its state was projected. */
const momentOf = ({ attempt, registers, indexed }: Device, at: number): number =>
  [at, at + 999].find((moment) => upgradeStatus(attempt, registers, moment).state === indexed.state) ?? at
