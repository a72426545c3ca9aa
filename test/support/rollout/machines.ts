import * as z from 'zod'
import { eventTypes } from '../../../protocols/huawei-ota/topics.ts'
import type { DeviceMessage } from '../../../protocols/message.ts'
import { fault, progress, type Service, versions } from '../upgrades.ts'

/** Devices of a campaign that drives, each with a fate of its own, and what they say. */

/**
 * `silent`: never heard. `broken`: cannot install it. `weak`: its battery is too low each time, of one that
 * `recovers` the first time. `unlucky`: its first link comes to nothing.
 */
export type Fate = 'well' | 'silent' | 'broken' | 'weak' | 'recovers' | 'unlucky'

export const codes = { broken: 10, weak: 4, lost: 6 } as const
export const target = '2.0'

/** `busy`: the minutes that it has been at it. */
export type Machine = {
  deviceId: string
  fate: Fate
  version: string
  tries: number
  offers: number
  busy?: number | undefined
}

const fates: readonly Fate[] = ['silent', 'broken', 'weak', 'recovers', 'unlucky']

/** One in a hundred each: 1 % silent, 3 % failures, and 1 % whose first link comes to nothing. */
const fateOf = (n: number): Fate => fates[(n * 37 + 50) % 100] ?? 'well'

export const machinesOf = (count: number, prefix: string): Machine[] =>
  Array.from({ length: count }, (_, n) => ({
    deviceId: `${prefix}-${String(n).padStart(6, '0')}`,
    fate: fateOf(n),
    version: '1.0',
    tries: 0,
    offers: 0,
  }))

const Message = z.object({
  object_device_id: z.string(),
  services: z.tuple([z.object({ event_type: z.string() })]),
})

export const readMessage = ({ payload }: DeviceMessage): { deviceId: string; isOffer: boolean } => {
  const { object_device_id: deviceId, services } = Message.parse(JSON.parse(payload))
  return { deviceId, isOffer: services[0].event_type === eventTypes.firmwareOffer }
}

/** What a device says to an offer, or to the question what it runs; while it restarts it is away. */
export const answer = (machine: Machine, { isOffer }: { isOffer: boolean }): Service[] => {
  if (machine.fate === 'silent') return []
  if (!isOffer) return machine.busy === 1 ? [] : [versions(machine.version)]
  machine.offers += 1
  machine.busy = 0
  return [progress(20, machine.version)]
}

/** What a device that is at it says a minute later. */
export const goOn = (machine: Machine): Service[] => {
  if (machine.busy === 1) {
    machine.version = target
    machine.busy = undefined
    return [progress(100, target)]
  }
  const code = codeOf(machine)
  machine.busy = code === undefined ? 1 : undefined
  return [code === undefined ? progress(100, machine.version) : fault(code, machine.version)]
}

const codeOf = ({ fate, tries, offers }: Machine): number | undefined => {
  if (fate === 'broken') return codes.broken
  if (fate === 'weak' || (fate === 'recovers' && tries === 1)) return codes.weak
  return fate === 'unlucky' && offers === 1 ? codes.lost : undefined
}
