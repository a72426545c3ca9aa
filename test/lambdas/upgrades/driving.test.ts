import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Device } from '../../../lambdas/upgrades/devices.ts'
import {
  maxDeliveries,
  maxQuestions,
  repeatedReportMs,
  silentOfferMs,
  versionQuestionMs,
} from '../../../lambdas/upgrades/driving.ts'
import {
  factsAbout,
  factsOfOffer,
  factsOfRefusal,
  factsOfStep,
  merge,
} from '../../../lambdas/upgrades/facts.ts'
import { type Attempt, isOpenState, upgradeStatus } from '../../../lambdas/upgrades/state.ts'
import type { DeviceEvent } from '../../../protocols/huawei-ota/facts.ts'
import { blankDevice } from '../../support/blank-device.ts'
import { start } from '../../support/upgrades.ts'

/** What an attempt that we drive makes of what is said, done and offered. Pure; times are seconds after it. */

const attempt: Attempt = {
  id: 'attempt-1',
  package: 'firmware',
  target: 'v2',
  openedAt: start,
  timeoutSeconds: 86_400,
  proveSeconds: 900,
  packageId: 'spring',
  requestedBy: 'ann',
}
const inCampaign: Attempt = { ...attempt, campaignId: 'rollout' }
const deviceId = 'device-1'
const report = (resultCode: number, version?: string, percent?: number): DeviceEvent => ({
  kind: 'upgradeReport',
  deviceId,
  resultCode,
  ...(version === undefined ? {} : { version }),
  ...(percent === undefined ? {} : { percent }),
})
const runs = (firmware: string): DeviceEvent => ({ kind: 'versionReport', deviceId, firmware })

/** What the device says, what the sweep does, and what we offer or do not. */
type Act = DeviceEvent | 'sweep' | 'offer' | 'refuse'
type Done = [seconds: number, act: Act]

/** The facts that an act makes known; an offer is always the next one. */
const factsOf = (act: Act, device: Device, now: number, receiptId = `r${now}`) => {
  const { registers } = device
  if (act === 'offer') return factsOfOffer((registers.offered?.n ?? 0) + 1, now, attempt.id)
  if (act === 'refuse') return factsOfRefusal('sourceNotAllowed', now, attempt.id)
  if (act !== 'sweep')
    return factsAbout([{ event: act, receipt: { receivedAt: now, receiptId }, index: 0 }], device)
  const { step } = upgradeStatus(device.attempt, registers, now)
  return step ? factsOfStep(step, now, attempt.id) : {}
}

const after = (done: readonly Done[], of = attempt): Device => {
  const device = blankDevice(deviceId, of)
  for (const [seconds, act] of done)
    device.registers = merge(device.registers, factsOf(act, device, start + seconds * 1000))
  return device
}

const statusAt = (seconds: number, done: readonly Done[], of = attempt) =>
  upgradeStatus(of, after(done, of).registers, start + seconds * 1000)

/** In a line: the state, why, what is waited for, and whether the device may be offered its package. */
const inShort = (seconds: number, done: readonly Done[], of = attempt): string => {
  const { state, evidence, failureCode, failureReason, drive } = statusAt(seconds, done, of)
  const offerable = drive?.isOfferable && 'offerable'
  return [state, evidence, failureCode ?? failureReason, drive?.waitingFor, offerable]
    .filter(Boolean)
    .join(' ')
}

const minutes = (count: number): number => count * 60
const hours = (count: number): number => count * 3600
const lost = report(6, 'v1', 0)

/** As the sweep does it, every minute. */
const sweptFrom = (from: number, to: number): Done[] =>
  Array.from({ length: Math.floor((to - from) / 60) + 1 }, (_, n) => [from + n * 60, 'sweep'])

describe('a driven attempt', () => {
  it('waits for the version, asks three times more, then waits until the device speaks', () => {
    assert.equal(inShort(1, []), 'pending version')
    const swept = sweptFrom(0, hours(2))
    const asked = swept.filter((one, n) => statusAt(one[0], swept.slice(0, n)).step)
    assert.deepEqual(
      asked.map(([seconds]) => seconds),
      [minutes(3), minutes(6), minutes(9)],
    )
    assert.equal(inShort(hours(2), swept), 'pending device')
    assert.deepEqual(
      asked.map(([seconds], n) => [seconds, statusAt(seconds, asked.slice(0, n)).step]),
      [
        [minutes(3), { do: 'ask', n: 1 }],
        [minutes(6), { do: 'ask', n: 2 }],
        [minutes(9), { do: 'ask', n: 3, untilSilence: true }],
      ],
    )
    assert.equal(statusAt(hours(2), swept).drive?.wantsVersion, true)
  })

  it('ends as never heard if the device never speaks, otherwise as silent', () => {
    const silent = sweptFrom(hours(24), hours(24) + 120)
    assert.equal(inShort(hours(25), silent), 'timedOut neverHeard')
    assert.equal(inShort(hours(25), [[5, runs('v1')], ...silent]), 'timedOut')
    assert.equal(inShort(hours(25), [[-5, runs('v1')], ...silent]), 'timedOut neverHeard')
  })

  it('is offered once the device reports another version than the target', () => {
    assert.equal(inShort(6, [[5, runs('v1')]]), 'pending device offerable')
    assert.equal(inShort(6, [[5, runs('v2')]]), 'succeeded confirmed')
    assert.equal(inShort(6, [[-5, runs('v1')]]), 'pending version')
    assert.equal(inShort(6, [[5, report(0, 'v1', 3)]]), 'pending version')
  })

  it('asks again if the offer was not made; in a campaign the campaign asks', () => {
    const told: Done[] = [[5, runs('v1')]]
    assert.deepEqual(statusAt(5 + minutes(3), told).step, { do: 'ask', n: 1 })
    assert.equal(statusAt(hours(3), told, inCampaign).step, undefined)
    assert.equal(inShort(hours(3), told, inCampaign), 'pending campaign offerable')
  })

  it('has failed if its version may not be upgraded, unless it runs the target later', () => {
    const told: Done[] = [
      [5, runs('v0')],
      [6, 'refuse'],
    ]
    assert.equal(inShort(7, told), 'failed sourceNotAllowed')
    assert.equal(inShort(99, [...told, [50, runs('v1')]]), 'failed sourceNotAllowed')
    assert.equal(inShort(99, [...told, [50, runs('v2')]]), 'succeeded confirmed')
  })

  const offered: Done[] = [
    [5, runs('v1')],
    [6, 'offer'],
  ]

  it('that was offered waits for a report, and goes on as any other', () => {
    assert.equal(inShort(7, offered), 'upgrading report')
    assert.equal(inShort(60, [...offered, [50, report(0, 'v1', 10)]]), 'upgrading report')
    assert.equal(inShort(60, [...offered, [50, report(0, 'v2', 100)]]), 'upgrading matched')
    assert.equal(inShort(60, [...offered, [50, runs('v2')]]), 'succeeded confirmed')
    assert.equal(inShort(60, [...offered, [50, report(7, 'v1')]]), 'failed 7')
    assert.equal(statusAt(60, [...offered, [50, runs('v2')]]).alreadyRunning, undefined)
  })

  it('does not fail for what the device said before its newest offer', () => {
    for (const code of [5, 7, 6]) {
      const failed = report(code, 'v1', 0)
      assert.equal(inShort(60, [[4, failed], ...offered]), 'upgrading report')
      assert.equal(
        inShort(60, [
          [1, runs('v1')],
          [2, failed],
        ]),
        'pending device offerable',
      )
      assert.equal(
        inShort(60, [
          [1, failed],
          [2, runs('v2')],
        ]),
        'succeeded confirmed',
      )
    }
    assert.equal(inShort(60, [[4, report(7, 'v1')], ...offered, [9, report(10, 'v1')]]), 'failed 10')
  })

  it('is offered again with a new link when the package did not come, three times in all', () => {
    const once: Done[] = [...offered, [20, lost]]
    assert.equal(inShort(20, once), 'upgrading device offerable')
    assert.equal(inShort(20, once, inCampaign), 'upgrading campaign offerable')
    const twice: Done[] = [...once, [21, 'offer'], [120, lost]]
    assert.equal(inShort(120, twice), 'upgrading device offerable')
    const thrice: Done[] = [...twice, [121, 'offer'], [300, lost]]
    assert.equal(inShort(300, thrice), 'failed 6')
    assert.equal(inShort(400, [...thrice, [350, runs('v2')]]), 'succeeded confirmed')
  })

  it('does not count a message twice that the device or the broker repeats', () => {
    const again: Done[] = [...offered, [20, lost], [21, 'offer'], [22, lost]]
    assert.equal(inShort(23, again), 'upgrading report')
    assert.equal(inShort(90, [...again, [30, report(0, 'v1', 5)]]), 'upgrading report')
    // Nothing else came: it was a word of its own.
    assert.deepEqual(statusAt(81, again).step, { do: 'ask', n: 1 })
    assert.equal(inShort(81, again), 'upgrading device offerable')
    const last: Done[] = [...again, [82, 'offer'], [83, lost]]
    assert.deepEqual([inShort(84, last), inShort(142, last)], ['upgrading report', 'failed 6'])
  })

  it('gets no new link after any other failure, or once it was proved', () => {
    const noVersion = report(6)
    assert.equal(inShort(30, [...offered, [20, report(5, 'v1')], [25, lost]]), 'failed 5')
    const confirmed: Done[] = [...offered, [20, runs('v2')]]
    assert.equal(inShort(60, [...confirmed, [25, noVersion]]), 'failed 6')
    assert.equal(inShort(60, [...confirmed, [25, noVersion], [30, report(0)]]), 'failed 6')
    assert.equal(inShort(60, [...confirmed, [25, lost]]), 'rolledBack 6')
  })

  it('is offered again after half an hour of silence, once the device reports the old version', () => {
    const at = 6 + minutes(30)
    assert.equal(statusAt(at - 1, offered).step, undefined)
    assert.deepEqual(statusAt(at, offered).step, { do: 'ask', n: 1 })
    assert.equal(inShort(at, offered), 'upgrading device')
    assert.equal(statusAt(at, offered).drive?.wantsVersion, true)
    const told: Done[] = [...offered, [at, 'sweep'], [at + 2, runs('v1')]]
    assert.equal(inShort(at + 2, told), 'upgrading device offerable')
    assert.equal(inShort(at + 4, [...told, [at + 3, 'offer']]), 'upgrading report')
    assert.equal(inShort(at + 2, [...offered, [at, 'sweep'], [at + 2, runs('v2')]]), 'succeeded confirmed')
    assert.equal(inShort(at, [...offered, [60, report(0, 'v1', 10)]]), 'upgrading report')
  })

  it('is not offered a package that it has: it may be installing', () => {
    for (const has of [report(0, 'v1', 100), report(0, undefined, 100)]) {
      const done: Done[] = [...offered, [60, has], [hours(1), runs('v1')]]
      assert.equal(inShort(hours(2), done), 'upgrading report')
    }
    const claimed: Done[] = [...offered, [60, report(0, 'v2', 100)], [70, runs('v1')], [hours(1), runs('v1')]]
    assert.equal(inShort(hours(2), claimed), 'upgrading report')
  })

  it('falls silent that long after its newest report or offer, and has failed if its download had', () => {
    const late: Done[] = [
      [hours(20), runs('v1')],
      [hours(20) + 1, 'offer'],
    ]
    assert.equal(inShort(hours(30), [...late, ...sweptFrom(hours(24), hours(24) + 120)]), 'upgrading device')
    const end = hours(44) + 60
    assert.equal(inShort(end + 120, [...late, ...sweptFrom(end, end + 120)]), 'timedOut')
    const broken: Done[] = [...late, [hours(20) + 9, lost], ...sweptFrom(end, end + 120)]
    assert.equal(inShort(end + 120, broken), 'failed 6')
  })

  it('is not offered when it was closed', () => {
    const { registers } = after([[5, runs('v1')]])
    const closed = { order: 'x', at: start + 6000, by: 'bob' }
    const status = upgradeStatus(attempt, { ...registers, closed }, start + 7000)
    assert.deepEqual(status, { state: 'closed' })
  })
})

describe('whatever happens in a driven attempt,', () => {
  const words: Act[] = [
    runs('v1'),
    runs('v1'),
    runs('v0'),
    runs('v2'),
    lost,
    lost,
    report(0, 'v1', 10),
    report(0, 'v1', 100),
    report(0, 'v2', 100),
    report(0, undefined, 40),
    report(5, 'v1', 0),
    report(10, 'v2'),
    ...(['sweep', 'sweep', 'sweep', 'sweep'] as const),
  ]
  const gaps = fc.constantFrom(0, 1, 30, 61, 200, 1000, 1900, 7000)

  /** What is said or done, after how long, and whether we are let offer then. */
  const story = fc.array(fc.tuple(fc.constantFrom(...words), gaps, fc.boolean()), {
    minLength: 1,
    maxLength: 30,
  })
  const anyAttempt = fc.constantFrom(attempt, inCampaign, { ...attempt, timeoutSeconds: 600 })

  /** Plays it as the functions do: an offer follows a word of the device, where it may be offered. */
  const play = (of: Attempt, steps: [Act, number, boolean][]) => {
    const device = blankDevice(deviceId, of)
    const facts: (typeof device.registers)[] = []
    const done: { act: Act; now: number; before: ReturnType<typeof upgradeStatus> }[] = []
    let now = start
    const act = (one: Act) => {
      done.push({ act: one, now, before: upgradeStatus(of, device.registers, now) })
      const made = factsOf(one, device, now)
      facts.push(made)
      device.registers = merge(device.registers, made)
    }
    for (const [one, gap, mayOffer] of steps) {
      now += gap * 1000
      act(one)
      if (one === 'sweep' || !mayOffer) continue
      if (upgradeStatus(of, device.registers, now).drive?.isOfferable) act('offer')
    }
    return { device, facts, done, now }
  }

  it('it is offered three times at most, only while it is open, and never what it runs or claims to run', () => {
    fc.assert(
      fc.property(anyAttempt, story, (of, steps) => {
        const { device, done } = play(of, steps)
        const offers = done.filter(({ act }) => act === 'offer')
        assert.ok(offers.length <= maxDeliveries)
        assert.equal(device.registers.offered?.n ?? 0, offers.length)
        for (const { before } of offers) {
          assert.ok(isOpenState(before))
          assert.equal(before.evidence, undefined)
        }
        for (const { act, now } of offers) {
          assert.equal(act, 'offer')
          const heard = done
            .filter((one) => one.now <= now && typeof one.act === 'object')
            .map(({ act }) => act)
          assert.ok(heard.some((one) => typeof one === 'object' && one.kind === 'versionReport'))
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('an offer follows the last only after a lost download, or half an hour without a report', () => {
    fc.assert(
      fc.property(anyAttempt, story, (of, steps) => {
        const { done } = play(of, steps)
        const offers = done.filter(({ act }) => act === 'offer')
        for (const [n, { now }] of offers.entries()) {
          const last = offers[n - 1]
          if (!last) continue
          const between = done.filter((one) => one.now >= last.now && one.now <= now).map(({ act }) => act)
          assert.ok(between.includes(lost) || now - last.now >= silentOfferMs)
          if (n > 1) assert.ok(now - last.now >= repeatedReportMs)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('its questions before an offer are bounded, and no two come within an answer’s time', () => {
    fc.assert(
      fc.property(
        anyAttempt,
        fc.array(fc.constantFrom(0, 60, 61, 200, 900), { maxLength: 60 }),
        (of, waits) => {
          const { done } = play(
            of,
            waits.map((gap) => ['sweep', gap, true]),
          )
          const asked = done.filter(({ before }) => before.step?.do === 'ask')
          // One more asks before silence is believed.
          assert.ok(asked.length <= maxQuestions + 1)
          const early = asked.filter(({ now }) => now < start + of.timeoutSeconds * 1000)
          for (const [n, { now }] of early.entries())
            assert.ok(now - (early[n - 1]?.now ?? start) >= versionQuestionMs)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('the sweep knows when to look, and has nothing to do before', () => {
    fc.assert(
      fc.property(anyAttempt, story, (of, steps) => {
        const { device, now } = play(of, steps)
        const status = upgradeStatus(of, device.registers, now)
        const { state, checkAt, step } = status
        if (!isOpenState(status)) return assert.equal(checkAt, undefined)
        assert.ok(checkAt !== undefined)
        if (step) return assert.ok(checkAt <= now)
        const then = upgradeStatus(of, device.registers, checkAt)
        const isMoved = then.state !== state || then.step !== undefined || then.drive?.isOfferable
        assert.ok(isMoved, JSON.stringify({ state, then }))
        const before = upgradeStatus(of, device.registers, Math.max(now, checkAt - 1))
        if (checkAt > now) assert.deepEqual([before.state, before.step], [state, undefined])
      }),
      { numRuns: 3000 },
    )
  })

  it('the same facts give the same state, in whatever order they come and however often', () => {
    const shuffled = fc.tuple(anyAttempt, story).chain(([of, steps]) => {
      const { facts } = play(of, steps)
      const all = facts.map((_, n) => n)
      const order = fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })
      return fc.tuple(fc.constant(of), fc.constant(steps), order)
    })
    fc.assert(
      fc.property(shuffled, ([of, steps, order]) => {
        const { device, facts, now } = play(of, steps)
        const again = order.reduce(
          (registers, n) => merge(registers, facts[n] ?? {}),
          blankDevice(deviceId, of).registers,
        )
        assert.deepEqual(upgradeStatus(of, again, now + 1), upgradeStatus(of, device.registers, now + 1))
      }),
      { numRuns: 2000 },
    )
  })

  it('reports in another order than they were said give the same state, offers as they were made', () => {
    const said = fc.array(fc.constantFrom(...words.filter((one) => typeof one === 'object')), {
      maxLength: 8,
    })
    const shuffledStory = said.chain((events) => {
      const all = events.map((event, n): Done => [n * 100 + 10, event])
      const offers = fc.uniqueArray(fc.nat({ max: 8 }), { maxLength: 3 })
      return offers.chain((at) => {
        const made = at.toSorted((one, other) => one - other).map((n): Done => [n * 100 + 50, 'offer'])
        const whole = [...all, ...made].toSorted(([one], [other]) => one - other)
        const reports = fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })
        return fc.tuple(fc.constant(whole), reports, fc.constant(made))
      })
    })
    fc.assert(
      fc.property(shuffledStory, ([whole, reports, made]) => {
        const inOrder = statusAt(5000, whole)
        assert.deepEqual(statusAt(5000, [...made, ...reports]), inOrder)
        assert.deepEqual(statusAt(5000, [...reports, ...made]), inOrder)
      }),
      { numRuns: 2000 },
    )
  })

  it('a device that always loses its link ends as failed; that comes after three links', () => {
    let steps: [Act, number, boolean][] = [[runs('v1'), 5, true]]
    for (let n = 0; n < 20; n++) steps = [...steps, [lost, 100, true]]
    const { device, now } = play(attempt, steps)
    const { state, failureCode } = upgradeStatus(attempt, device.registers, now)
    assert.deepEqual([device.registers.offered?.n, state, failureCode], [3, 'failed', 6])
  })
})
