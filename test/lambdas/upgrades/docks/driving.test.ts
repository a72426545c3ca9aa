import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Device } from '../../../../lambdas/upgrades/devices.ts'
import { concerned } from '../../../../lambdas/upgrades/docks/concerned.ts'
import {
  reportOfProgress,
  reportOfReply,
  reportOfVersion,
} from '../../../../lambdas/upgrades/docks/events.ts'
import { offerMachines } from '../../../../lambdas/upgrades/docks/offer.ts'
import {
  busyDockMs,
  lookAgainMs,
  maxDeliveriesToDocks,
  silentOfferMs,
} from '../../../../lambdas/upgrades/driving.ts'
import { factsAbout, factsOfOffer, factsOfStep, merge } from '../../../../lambdas/upgrades/facts.ts'
import { type Attempt, upgradeStatus } from '../../../../lambdas/upgrades/state.ts'
import type { UpgradeProgress } from '../../../../protocols/dji-firmware/facts.ts'
import type { DeviceEvent } from '../../../../protocols/huawei-ota/facts.ts'
import { blankDevice } from '../../../support/blank-device.ts'
import { start } from '../../../support/upgrades.ts'

/** What an attempt on a dock makes of what it says. Pure; times are seconds after the attempt was opened. */

const sn = '7CTDM0000000001'
const attempt: Attempt = {
  id: 'attempt-1',
  package: 'firmware',
  target: '2',
  openedAt: start,
  timeoutSeconds: 86_400,
  proveSeconds: 900,
  packageId: 'spring',
  machines: 'docks',
  requestedBy: 'ann',
}

const progress = (fact: Partial<UpgradeProgress>): DeviceEvent =>
  reportOfProgress(sn, { gatewayContradicts: false, ...fact })
const installing = progress({ status: 'running', stage: 'installing', percent: 40 })
const done = progress({ end: 'done' })
const answers = (result: number): DeviceEvent => reportOfReply(sn, { commandId: 'c', result })
const runs = (version: string, hasRestarted = true): DeviceEvent =>
  reportOfVersion(sn, version, { target: attempt.target, hasRestarted })

type Act = DeviceEvent | 'offer' | 'look'
type Done = readonly [seconds: number, act: Act]

const factsOf = (act: Act, device: Device, now: number) => {
  const { registers } = device
  if (act === 'offer') return factsOfOffer((registers.offered?.n ?? 0) + 1, now, attempt.id, 'process-1')
  if (act === 'look') return factsOfStep({ do: 'ask', n: 1 }, now, attempt.id)
  return factsAbout([{ event: act, receipt: { receivedAt: now, receiptId: `r${now}` }, index: 0 }], device)
}

const after = (acts: readonly Done[], of = attempt): Device => {
  const device = blankDevice(sn, of)
  for (const [seconds, act] of acts)
    device.registers = merge(device.registers, factsOf(act, device, start + seconds * 1000))
  return device
}
const statusAt = (seconds: number, acts: readonly Done[]) =>
  upgradeStatus(attempt, after(acts).registers, start + seconds * 1000)
const shortAt = (seconds: number, acts: readonly Done[]): string => {
  const { state, evidence, failureCode, failureReason } = statusAt(seconds, acts)
  return [state, evidence ?? failureCode ?? failureReason].filter((word) => word !== undefined).join(' ')
}
const isOfferableAt = (seconds: number, acts: readonly Done[]): boolean =>
  statusAt(seconds, acts).drive?.isOfferable === true

const minute = 60
const offered: readonly Done[] = [
  [1, runs('1')],
  [60, 'offer'],
]

describe('a dock that waits for its offer', () => {
  it('is looked at from the first minute on, repeatedly until it is free', () => {
    assert.equal(statusAt(0, []).checkAt, start)
    const looks: readonly Done[] = Array.from({ length: 20 }, (_, n) => [n * 3 * minute, 'look'] as const)
    const { checkAt } = statusAt(58 * minute, looks)
    assert.equal(checkAt, start + 57 * minute * 1000 + lookAgainMs)
  })

  it('is offered nothing before its version is known', () => {
    assert.deepEqual([isOfferableAt(5, []), isOfferableAt(5, [[1, runs('1')]])], [false, true])
  })

  it('that runs the target already is offered nothing', () => {
    assert.equal(shortAt(5, [[1, runs('2')]]), 'succeeded confirmed')
    assert.equal(statusAt(5, [[1, runs('2')]]).alreadyRunning, true)
  })

  it('that refused for being busy is offered again after a while, but not for ever', () => {
    const busy: readonly Done[] = [...offered, [61, answers(312_015)]]
    const freeAt = 61 + busyDockMs / 1000
    assert.deepEqual([isOfferableAt(freeAt - 1, busy), isOfferableAt(freeAt, busy)], [false, true])
    assert.equal(shortAt(freeAt, busy), 'upgrading')
    const always = Array.from({ length: maxDeliveriesToDocks }, (_, n): Done[] => [
      [(n + 1) * 20 * minute, 'offer'],
      [(n + 1) * 20 * minute + 1, answers(312_015)],
    ]).flat()
    assert.equal(shortAt(9 * 60 * minute, [[1, runs('1')], ...always]), 'failed 312015')
  })

  it('that refused because of a fault that somebody has to repair has failed', () => {
    assert.equal(shortAt(62, [...offered, [61, answers(312_023)]]), 'failed 312023')
  })

  it('that does not respond to an offer is offered again, unless it reported done', () => {
    const at = 60 + silentOfferMs / 1000
    assert.deepEqual([isOfferableAt(at - 1, offered), isOfferableAt(at, offered)], [false, true])
    assert.equal(isOfferableAt(at + 3_600, [...offered, [90, done]]), false)
    assert.equal(isOfferableAt(at, [...offered, [90, installing]]), false)
  })
})

describe('a dock that upgrades', () => {
  const upgraded: readonly Done[] = [...offered, [61, answers(0)], [70, installing], [90, done]]

  it('has not upgraded just because it says so', () => assert.equal(shortAt(3_600, upgraded), 'upgrading'))

  it('has, once it runs the target after a restart', () => {
    assert.equal(shortAt(121, [...upgraded, [120, runs('2')]]), 'succeeded confirmed')
    assert.equal(statusAt(121, [...upgraded, [120, runs('2')]]).alreadyRunning, undefined)
  })

  it('claims the target before its restart, and has it after that, or if nothing contradicts it', () => {
    const claimed: readonly Done[] = [...upgraded, [100, runs('2', false)]]
    assert.equal(shortAt(101, claimed), 'upgrading matched')
    assert.equal(shortAt(200, [...claimed, [150, runs('2')]]), 'succeeded confirmed')
  })

  it('that runs the same version has installed nothing', () => {
    assert.equal(shortAt(121, [...upgraded, [120, runs('1')]]), 'failed notInstalled')
    assert.equal(shortAt(201, [...upgraded, [120, runs('1')], [200, runs('2')]]), 'succeeded confirmed')
  })

  it('may report its version before it reports done', () => {
    const late: readonly Done[] = [...offered, [70, installing], [120, runs('2')], [121, done]]
    assert.equal(shortAt(130, late), 'succeeded confirmed')
  })

  it('has rolled back if it ran the target and runs another version', () => {
    assert.equal(shortAt(400, [...upgraded, [120, runs('2')], [300, runs('1')]]), 'rolledBack')
  })

  it('is upgrading if it says that it is already', () => {
    assert.equal(shortAt(62, [...offered, [61, answers(312_014)]]), 'upgrading')
  })

  it('that reports a failure only by its status has failed', () => {
    assert.equal(shortAt(80, [...offered, [70, progress({ end: 'canceled' })]]), 'failed 0')
  })

  it('ends the same in whatever order its messages arrive', () => {
    const words: Done[] = [
      [61, answers(0)],
      [70, installing],
      [90, done],
      [100, runs('2', false)],
      [120, runs('2')],
    ]
    const orders = fc.shuffledSubarray(words, { minLength: words.length }).chain((order) =>
      // Some of them twice.
      fc.subarray(order).map((again) => [...order, ...again]),
    )
    fc.assert(fc.property(orders, (order) => shortAt(200, [...offered, ...order]) === 'succeeded confirmed'))
  })
})

describe('a report that names no machine', () => {
  const machine = (id: string, at: number, processId: string, more: readonly Done[] = []) => {
    const acts: Done[] = [[1, runs('1')]]
    const device = { ...after([...acts, ...more]), deviceId: id }
    device.registers = { ...device.registers, ...factsOfOffer(1, start + at * 1000, id, processId) }
    return { sn: id, processId, device }
  }
  const at = start + 200_000
  const snsOf = (found: readonly { sn: string }[]) => found.map(({ sn: one }) => one)

  it('is about the machines of the offer that it names', () => {
    const machines = [machine('dock', 10, 'p-1'), machine('aircraft', 10, 'p-1'), machine('other', 20, 'p-2')]
    assert.deepEqual(snsOf(concerned(machines, 'p-1', at)), ['dock', 'aircraft'])
  })

  it('is about the newest open upgrade if it names none of ours', () => {
    const ended = machine('dock', 30, 'p-3', [[40, runs('2')]])
    const machines = [machine('aircraft', 10, 'p-1'), ended]
    for (const processId of [undefined, 'its-own'])
      assert.deepEqual(snsOf(concerned(machines, processId, at)), ['aircraft'])
    assert.deepEqual(concerned([ended], undefined, at), [])
    assert.deepEqual(snsOf(concerned([ended], 'p-3', at)), ['dock'])
  })
})

describe('the name of an offer to a dock', () => {
  it('is that of one offer, where its campaign lets the dock be offered its package later than its aircraft', async () => {
    const aircraftSn = '1581F0000000001'
    const devices = new Map<string, Device>([
      [sn, after([[1, runs('1')]], { ...attempt, campaignId: 'paused' })],
      [aircraftSn, { ...after([[1, runs('1')]], { ...attempt, id: 'attempt-2' }), deviceId: aircraftSn }],
    ])
    let now = start + 60_000
    let isPaused = true
    const sent: string[] = []
    const file = { name: 'a.zip', size: 1, sha256: '0', md5: '0', key: 'k', state: 'proved' as const }
    const known = {
      id: 'spring',
      name: 'Spring',
      version: '2',
      machines: 'docks' as const,
      rev: 1,
      package: 'firmware' as const,
      createdAt: start,
      requestedBy: 'ann',
      file,
    }
    const use = {
      upgrades: {
        get: async (id: string) => devices.get(id),
        note: async (device: Device, facts: Device['registers']) => {
          devices.set(device.deviceId, { ...device, registers: merge(device.registers, facts) })
          return true
        },
      },
      readPackage: async () => known,
      linkTo: async () => ({ url: 'https://storage:443/k', expiresAt: now + 3_600_000 }),
      campaignAllows: async () => (isPaused ? ('paused' as const) : ('yes' as const)),
      publish: async ({ payload }: { payload: string }) => void sent.push(payload),
      now: () => now,
    }
    const machines = [sn, aircraftSn].map((one) => ({ sn: one, isOff: false }))
    const found = { dockSn: sn, fleet: 'default', isOffline: false, isBusy: false, cameAt: 0, machines }
    await offerMachines(use, found)
    isPaused = false
    now += 3_600_000
    const aircraft = devices.get(aircraftSn)
    assert.ok(aircraft)
    const confirmed = factsAbout(
      [
        {
          event: { ...runs('2'), deviceId: aircraftSn },
          receipt: { receivedAt: now, receiptId: 'r' },
          index: 0,
        },
      ],
      aircraft,
    )
    devices.set(aircraftSn, { ...aircraft, registers: merge(aircraft.registers, confirmed) })
    await offerMachines(use, found)
    const offers = sent.map((payload) => /"bid":"([^"]+)"/.exec(payload)?.[1])
    assert.equal(offers.length, 2)
    assert.notEqual(offers[0], offers[1])
  })
})
