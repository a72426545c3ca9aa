import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Device } from '../../../lambdas/upgrades/devices.ts'
import { factsAbout, factsOfStep, merge } from '../../../lambdas/upgrades/facts.ts'
import { type Attempt, upgradeStatus } from '../../../lambdas/upgrades/state.ts'
import { upgradeView } from '../../../lambdas/upgrades/view.ts'
import type { DeviceEvent } from '../../../protocols/huawei-ota/facts.ts'
import { blankDevice } from '../../support/blank-device.ts'
import { inShort, start, time } from '../../support/upgrades.ts'

/** What reports mean, together and at a time. Pure; times are seconds after the attempt was opened. */

const attempt: Attempt = {
  id: 'attempt-1',
  package: 'firmware',
  target: 'v2',
  openedAt: start,
  timeoutSeconds: 3600,
  proveSeconds: 900,
  requestedBy: 'ann',
}
const deviceId = 'device-1'
const report = (
  resultCode: number,
  version?: string,
  percent?: number,
  description?: string,
): DeviceEvent => ({
  kind: 'upgradeReport',
  deviceId,
  resultCode,
  ...(version === undefined ? {} : { version }),
  ...(percent === undefined ? {} : { percent }),
  ...(description === undefined ? {} : { description }),
})
const runs = (firmware: string, software?: string): DeviceEvent => ({
  kind: 'versionReport',
  deviceId,
  firmware,
  ...(software === undefined ? {} : { software }),
})

/** What is said, or done by the sweep, at which second. */
type Said = [seconds: number, event: DeviceEvent | 'sweep']

/** The device when all of this has become known, in this order. */
const known = (said: readonly Said[], of: Attempt | undefined): Device => {
  const device = blankDevice(deviceId, of)
  for (const [at, event] of said) {
    const now = start + at * 1000
    const { step } = upgradeStatus(device.attempt, device.registers, now)
    const receipt = { receivedAt: now, receiptId: `receipt${at}` }
    const facts =
      event === 'sweep'
        ? step
          ? factsOfStep(step, now, attempt.id)
          : {}
        : factsAbout([{ event, receipt, index: 0 }], device)
    device.registers = merge(device.registers, facts)
  }
  return device
}

const viewAt = (seconds: number, said: readonly Said[], of: Attempt | undefined = attempt) =>
  upgradeView(known(said, of), start + seconds * 1000)

/** The state a second after the last was said. */
const after = (...said: Said[]): string => inShort(viewAt((said.at(-1)?.[0] ?? 0) + 1, said))
const claimedAfter = (...said: Said[]): string => inShort(upgradeView(known(said, undefined), start + 60_000))

/** The sweep runs often enough by then to ask and to conclude. */
const swept = (from: number): Said[] => [
  [from, 'sweep'],
  [from + 60, 'sweep'],
]

describe('one report of an attempt for v2 means', () => {
  const percents = [0, 80, 99, 100, undefined]
  const rows: [
    name: string,
    codes: number[],
    versions: (string | undefined)[],
    percents: (number | undefined)[],
    state: string,
  ][] = [
    ['0 with the target, 100 % or none: a claim', [0], ['v2'], [100, undefined], 'upgrading matched'],
    ['0 with the target, less than 100 %: upgrading', [0], ['v2'], [0, 80, 99], 'upgrading'],
    [
      '0 with another version or none, any percent: upgrading',
      [0],
      ['v1', 'V2', 'v2 ', undefined],
      percents,
      'upgrading',
    ],
    ['3 with the target: a claim, too', [3], ['v2'], percents, 'upgrading matched'],
    ['3 with another version or none: failed', [3], ['v1', undefined], percents, 'failed'],
    ['a condition of the device: failed', [1, 2, 4, 5, 9], ['v1', 'v2', undefined], percents, 'failed'],
    ['the download: failed', [6], ['v1', 'v2', undefined], percents, 'failed'],
    [
      'the package or the device: failed',
      [7, 8, 10, 255, 127, 42, -1],
      ['v1', 'v2', undefined],
      percents,
      'failed',
    ],
  ]
  for (const [name, codes, versions, percents, state] of rows)
    it(name, () => {
      for (const code of codes)
        for (const version of versions)
          for (const percent of percents)
            assert.equal(after([5, report(code, version, percent)]), state, `${code} ${version} ${percent}`)
    })

  it('a failure that says whether it is worth another try, with the code as sent', () => {
    const failureOf = (code: number) => viewAt(60, [[5, report(code, 'v1', 0)]]).failure
    for (const code of [1, 2, 4, 5, 6, 9])
      assert.deepEqual([failureOf(code)?.code, failureOf(code)?.retryable], [code, true])
    for (const code of [3, 7, 8, 10, 255, 127])
      assert.deepEqual([failureOf(code)?.code, failureOf(code)?.retryable], [code, false])
  })

  it('a failure with the words of the device, also when it abuses the code', () => {
    const { attempt: view } = viewAt(60, [
      [5, report(3, 'v1', 0, 'sign verify failed')],
      [9, report(0, 'v1', 5, 'waiting')],
    ])
    assert.deepEqual(
      [view?.state, view?.description, view?.failure?.code],
      ['failed', 'sign verify failed', 3],
    )
  })
})

describe('without an attempt a report is judged alone:', () => {
  const rows: [string, number, string | undefined, number | undefined, string][] = [
    ['less than 100 % is upgrading', 0, 'v1', 80, 'upgrading'],
    ['100 % is a success as claimed', 0, 'v1', 100, 'succeeded claimed'],
    ['no percent is a success as claimed', 0, 'v1', undefined, 'succeeded claimed'],
    ['up to date is a success as claimed', 3, 'v1', 0, 'succeeded claimed'],
    ['a fault is a failure', 7, 'v1', 100, 'failed'],
  ]
  for (const [name, code, version, percent, state] of rows)
    it(name, () => assert.equal(claimedAfter([5, report(code, version, percent)]), state))

  it('the newest counts, not the last that was handled', () => {
    assert.equal(claimedAfter([9, report(0, 'v1', 100)], [5, report(7, 'v1')]), 'succeeded claimed')
    assert.equal(claimedAfter([5, report(0, 'v1', 100)], [9, report(0, 'v1', 10)]), 'upgrading')
  })

  it('a version alone is no upgrade, and never times out', () => {
    assert.equal(claimedAfter([5, runs('v1')]), 'none')
  })
})

describe('a report of the target', () => {
  const claim: Said = [10, report(0, 'v2', 100)]

  it('is a claim under proof until a version report confirms it', () => {
    assert.equal(after(claim), 'upgrading matched')
    assert.equal(after(claim, [15, runs('v2')]), 'succeeded confirmed')
    assert.equal(after([5, runs('v2')]), 'succeeded confirmed')
  })

  it('succeeds when nothing contradicts it for the proof period, and we have asked', () => {
    assert.equal(after(claim, [909, 'sweep'], [971, 'sweep']), 'upgrading matched')
    assert.equal(after(claim, [910, 'sweep'], [969, 'sweep']), 'upgrading matched')
    assert.equal(after(claim, ...swept(910)), 'succeeded matched')
    assert.deepEqual(
      [viewAt(20, [claim]).attempt?.provesAt, viewAt(20, [claim]).attempt?.silentAt],
      [time(910), undefined],
    )
  })

  it('has the proof period that the operator sets', () => {
    const quick = { ...attempt, proveSeconds: 60 }
    assert.equal(inShort(viewAt(200, [claim, ...swept(70)], quick)), 'succeeded matched')
  })

  it('succeeds even if the device repeats it for ever and never answers', () => {
    const repeats: Said[] = [200, 400, 600, 800].map((at) => [at, report(0, 'v2', 100)])
    assert.equal(after(claim, ...repeats, ...swept(910), [1100, report(0, 'v2', 100)]), 'succeeded matched')
  })

  it('and then a failure: the device has failed, with that code', () => {
    for (const late of [report(10, 'v1', 0), report(7, 'v2', 0), report(3, 'v1')])
      assert.equal(after(claim, [20, late]), 'failed')
    assert.equal(viewAt(60, [[5, report(6, 'v1')], claim, [20, report(10, 'v1')]]).failure?.code, 10)
    assert.equal(viewAt(60, [claim, [20, report(7, 'v2')], [30, report(10, 'v2')]]).failure?.code, 7)
  })

  it('and then the old version, in an answer or a report: the attempt goes on, without a rollback', () => {
    for (const late of [runs('v1'), report(0, 'v1', 100), report(0, 'v1', 5)]) {
      assert.equal(after(claim, [20, late]), 'upgrading')
      assert.equal(after(claim, [20, late], [30, report(0, 'v2', 100)]), 'upgrading matched')
      assert.equal(after(claim, [20, late], [30, runs('v2')]), 'succeeded confirmed')
    }
  })

  it('is asked about again at the end of the proof period, if an answer contradicted it', () => {
    const { registers } = known([claim, [20, runs('v1')]], attempt)
    assert.equal(upgradeStatus(attempt, registers, start + 909_000).step, undefined)
    assert.deepEqual(upgradeStatus(attempt, registers, start + 910_000).step, { do: 'ask' })
  })

  it('repeated after a contradiction has a full proof period', () => {
    const again: Said[] = [claim, [20, runs('v1')], [800, report(0, 'v2', 100)]]
    assert.equal(after(...again, ...swept(910)), 'upgrading matched')
    assert.equal(after(...again, ...swept(1700)), 'succeeded matched')
  })

  it('repeated does not hide an earlier contradiction, in whatever order they come', () => {
    const again: Said[] = [[800, report(0, 'v2', 100)], claim, [20, report(0, 'v1', 30)]]
    assert.equal(after(...again, ...swept(910)), 'upgrading matched')
  })

  it('was not proved if a late report shows a contradiction within the proof period', () => {
    assert.equal(after(claim, ...swept(910), [500, runs('v1')]), 'upgrading')
    assert.equal(after(claim, ...swept(910), [500, runs('v1')], [2000, runs('v1')]), 'upgrading')
  })

  it('outlives a silence that is shorter than its proof', () => {
    const hasty = { ...attempt, timeoutSeconds: 60 }
    assert.equal(inShort(viewAt(500, [claim, [100, 'sweep'], [200, 'sweep']], hasty)), 'upgrading matched')
  })
})

describe('a version report', () => {
  it('counts only for the package that is upgraded: software proves nothing about firmware', () => {
    assert.equal(after([5, runs('v1', 'v2')]), 'pending')
    const software: Attempt = { ...attempt, package: 'software' }
    assert.equal(inShort(viewAt(60, [[5, runs('v2', 'v1')]], software)), 'pending')
    assert.equal(inShort(viewAt(60, [[5, runs('v1', 'v2')]], software)), 'succeeded confirmed')
  })

  it('compares versions exactly', () => {
    for (const other of ['V2', 'v2 ', 'v2.0', '2']) assert.equal(after([5, runs(other)]), 'pending')
  })

  it('of the target before anything else means that nothing was installed', () => {
    const marked = (said: Said[]) => viewAt(60, said).attempt?.alreadyRunning
    assert.equal(marked([[5, runs('v2')]]), true)
    assert.equal(marked([[-86_400, runs('v2')]]), true)
    assert.equal(marked([[-86_401, runs('v2')]]), undefined)
    assert.equal(
      marked([
        [-10, runs('v1')],
        [5, runs('v2')],
      ]),
      undefined,
    )
    assert.equal(
      marked([
        [5, report(0, 'v1')],
        [9, runs('v2')],
      ]),
      undefined,
    )
    assert.equal(
      marked([
        [5, report(0, 'v1', 10)],
        [9, runs('v2')],
      ]),
      undefined,
    )
    assert.equal(
      marked([
        [5, runs('v2')],
        [9, report(0, 'v2', 100)],
      ]),
      true,
    )
  })
})

describe('a success that was proved', () => {
  const confirmed: Said[] = [
    [5, report(0, 'v2', 100)],
    [9, runs('v2')],
  ]
  const proved: Said[] = [[5, report(0, 'v2', 100)], ...swept(905)]

  it('is rolled back when the device reports another version, and succeeds again with the target', () => {
    for (const done of [confirmed, proved])
      for (const old of [runs('v1'), report(0, 'v1', 10)]) {
        assert.equal(after(...done, [2000, old]), 'rolledBack')
        assert.equal(after(...done, [2000, old], [2030, runs('v2')]), 'succeeded confirmed')
        assert.equal(after(...done, [2000, old], [2030, runs('v2')], [2040, runs('v0')]), 'rolledBack')
      }
  })

  it('shows after that what runs and why, and is no success', () => {
    const view = viewAt(3000, [...confirmed, [2000, runs('v1')]])
    assert.deepEqual(
      [view.reportedVersion, view.failure?.code, view.evidence],
      ['v1', 'rolledBack', undefined],
    )
    assert.equal(viewAt(3000, [...confirmed, [2000, report(10, 'v1')]]).failure?.code, 10)
  })

  it('is none if a failure is the newest report', () => {
    for (const done of [confirmed, proved]) assert.equal(after(...done, [2000, report(7, 'v2')]), 'failed')
  })

  it('is not rolled back by an earlier report of the old version', () => {
    assert.equal(after([2, runs('v1')], ...confirmed), 'succeeded confirmed')
  })

  it('is not rolled back by the other package', () => {
    assert.equal(after([5, runs('v2', 'a')], [9, runs('v2', 'b')]), 'succeeded confirmed')
  })

  it('is not upgrading again if the device repeats itself', () => {
    for (const event of [
      report(0, 'v2', 50),
      report(0, undefined, 10),
      report(0, 'v2', 100),
      report(3, 'v2'),
    ])
      assert.equal(after(...confirmed, [20, event]), 'succeeded confirmed')
  })
})

describe('an attempt that failed', () => {
  it('is not upgrading again, whatever is reported but the target', () => {
    for (const event of [report(0, 'v1', 10), report(0, 'v1', 100), report(0, 'v2', 99), runs('v1')])
      assert.equal(after([5, report(6, 'v1')], [9, event]), 'failed')
  })

  it('failed for its first reason', () => {
    const said: Said[] = [
      [9, report(7, 'v1')],
      [5, report(6, 'v1')],
      [7, report(10, 'v1')],
    ]
    assert.equal(viewAt(60, said).failure?.code, 6)
  })

  it('is under proof once the target is reported, and succeeds when that is proved', () => {
    assert.equal(after([5, report(6, 'v1')], [9, report(0, 'v2', 100)]), 'upgrading matched')
    assert.equal(after([5, report(6, 'v1')], [9, report(3, 'v2')], ...swept(909)), 'succeeded matched')
    assert.equal(after([5, report(6, 'v1')], [9, runs('v2')]), 'succeeded confirmed')
  })

  it('does not succeed if a report has the target and a fault', () => {
    assert.equal(after([5, report(6, 'v2', 100)], [9, report(1, 'v2', 100)]), 'failed')
  })
})

describe('silence', () => {
  it('ends an attempt after its time, when it was asked and had a minute to answer', () => {
    assert.equal(after([3599, 'sweep'], [3700, 'sweep']), 'pending')
    assert.equal(after([3600, 'sweep'], [3658, 'sweep']), 'pending')
    assert.equal(after([3600, 'sweep'], [3660, 'sweep']), 'timedOut')
    assert.equal(inShort(viewAt(99_999, [])), 'pending')
  })

  it('counts from the newest report on', () => {
    const said: Said[] = [[3000, report(0, 'v1', 10)]]
    assert.equal(viewAt(10, said).attempt?.silentAt, time(6600))
    assert.equal(after(...said, ...swept(6599)), 'upgrading')
    assert.equal(after(...said, ...swept(6600)), 'timedOut')
    assert.equal(after(...said, ...swept(6600), [6700, report(0, 'v1', 20)]), 'upgrading')
  })

  it('is measured by our clock, whatever time the device claims', () => {
    for (const eventTime of [0, start + 8 * 3_600_000]) {
      const claims: DeviceEvent = { ...report(0, 'v1', 10), eventTime, eventTimeText: 'x' }
      assert.equal(after([60, claims], ...swept(3660)), 'timedOut')
    }
  })

  it('is not ended by version reports', () => {
    assert.equal(after([3599, runs('v1')], ...swept(3600)), 'timedOut')
  })

  it('has a reason that can be read, and no vendor’s code', () => {
    const { failure } = viewAt(3700, swept(3600))
    assert.deepEqual([failure?.code, failure?.retryable], ['silent', true])
  })

  it('does not end what has ended', () => {
    assert.equal(after([5, runs('v2')], ...swept(99_000)), 'succeeded confirmed')
    assert.equal(after([5, report(7, 'v1')], ...swept(99_000)), 'failed')
  })

  it('ends when the target is reported after all', () => {
    assert.equal(after(...swept(3600), [9000, runs('v2')]), 'succeeded confirmed')
    assert.equal(after(...swept(3600), [9000, report(0, 'v2', 100)]), 'upgrading matched')
  })
})

describe('an attempt that was closed', () => {
  const closedAt = (seconds: number, now: number, ...said: Said[]) => {
    const device = known(said, attempt)
    const closed = { order: 'x', at: start + seconds * 1000, by: 'bob' }
    return inShort(upgradeView({ ...device, registers: { ...device.registers, closed } }, start + now * 1000))
  }

  it('stays closed, whatever is reported after that', () => {
    assert.equal(closedAt(10, 60), 'closed')
    for (const event of [report(0, 'v2', 100), report(7, 'v1'), runs('v2')])
      assert.equal(closedAt(10, 60, [20, event]), 'closed')
  })

  it('is closed also where a claim was under proof, or had followed a failure', () => {
    assert.equal(closedAt(10, 60, [9, report(0, 'v2', 100)], [20, runs('v2')]), 'closed')
    assert.equal(closedAt(10, 60, [5, report(7, 'v1')], [9, report(0, 'v2', 100)]), 'closed')
  })

  it('keeps the end that it had before, even if that becomes known later', () => {
    assert.equal(closedAt(10, 60, [9, runs('v2')]), 'succeeded confirmed')
    assert.equal(closedAt(10, 60, [9, report(7, 'v1')]), 'failed')
    assert.equal(closedAt(5000, 6000, ...swept(3600)), 'timedOut')
    assert.equal(closedAt(5000, 9000, [3000, report(0, 'v1', 10)]), 'closed')
  })
})

describe('what is received in one millisecond', () => {
  const together = (...said: [place: number, index: number, event: DeviceEvent][]) => {
    const reports = said.map(([place, index, event]) => ({
      event,
      index,
      receipt: { receivedAt: start + 10_000, receiptId: `receipt-${place}`, place },
    }))
    const device = blankDevice(deviceId, attempt)
    const registers = reports.reduce(
      (all, one) => merge(all, factsAbout([one], { ...device, registers: all })),
      device.registers,
    )
    return upgradeView({ ...device, registers }, start + 11_000)
  }

  it('keeps the order of its message, beyond nine events, too', () => {
    const ten = Array.from({ length: 9 }, (_, n): [number, number, DeviceEvent] => [0, n, report(0, 'v1')])
    assert.equal(together(...ten, [0, 10, report(6, 'v1')], [0, 2, report(7, 'v1')]).failure?.code, 7)
    assert.equal(inShort(together([0, 10, runs('v2')], [0, 2, runs('v1')])), 'succeeded confirmed')
    assert.equal(inShort(together([0, 2, report(0, 'v2', 100)], [0, 10, report(10, 'v1')])), 'failed')
  })

  it('keeps the order of its batch', () => {
    assert.equal(inShort(together([2, 0, report(0, 'v2', 100)], [10, 0, report(10, 'v1')])), 'failed')
    assert.equal(
      inShort(together([10, 0, report(0, 'v2', 100)], [2, 0, report(10, 'v1')])),
      'upgrading matched',
    )
  })

  it('prefers a version report to a progress report if the order is unknown', () => {
    for (const said of [
      [progressed, proved],
      [proved, progressed],
    ])
      assert.equal(inShort(together(...said)), 'succeeded confirmed')
  })
  const progressed: [number, number, DeviceEvent] = [0, 0, report(0, 'v1', 50)]
  const proved: [number, number, DeviceEvent] = [0, 0, runs('v2')]

  it('shows the higher percentage of a burst', () => {
    assert.equal(together([1, 0, report(0, 'v1', 40)], [2, 0, report(0, 'v1', 30)]).percent, 40)
  })
})

describe('whatever a device says within the time of proof,', () => {
  const words: DeviceEvent[] = [
    report(0, 'v1', 50),
    report(0, 'v1', 100),
    report(0, 'v2', 100),
    report(0, 'v2', 40),
    report(0),
    report(7, 'v1', 0),
    report(10, 'v2'),
    report(3, 'v1'),
    runs('v1'),
    runs('v2'),
    report(0, undefined, 5),
  ]
  const story = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 7 })

  /** In any order and repeated, with sweeps between: first as it was said, then as it came. */
  it('ends in one state, in whatever order and however often it comes', () => {
    const shuffledStory = story.chain((events) => {
      const said = events.map((event, n): Said => [10 + n * 10, event])
      const again = fc.shuffledSubarray([...said, ...said], { minLength: said.length * 2 })
      return fc.tuple(fc.constant(said), again, fc.array(fc.nat({ max: said.length * 2 }), { maxLength: 4 }))
    })
    const ended: Said[] = [9000, 9060, 9120, 20_000, 20_060].map((at) => [at, 'sweep'])
    fc.assert(
      fc.property(shuffledStory, ([said, came, sweeps]) => {
        const mixed = [...came]
        for (const [n, place] of sweeps.entries()) mixed.splice(place, 0, [8000 + n * 60, 'sweep'])
        const view = (all: Said[]) => viewAt(30_000, [...all, ...ended])
        assert.deepEqual(view(mixed), view(said))
      }),
      { numRuns: 2000 },
    )
  })

  it('does not succeed while the newest version or fault contradicts it', () => {
    const timed = fc.array(
      fc.tuple(fc.constantFrom(...words, 'sweep' as const), fc.constantFrom(5, 70, 1000, 4000)),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    fc.assert(
      fc.property(timed, (steps) => {
        const at = steps.map((_, n) => steps.slice(0, n + 1).reduce((sum, [, gap]) => sum + gap, 0))
        const said = steps.map(([event], n): Said => [at[n] ?? 0, event])
        const decisive = said
          .flatMap(([, event]) => (event === 'sweep' ? [] : [verdict(event)]))
          .filter(Boolean)
        const succeeded = after(...said).startsWith('succeeded')
        if (decisive.at(-1) === 'against') assert.equal(succeeded, false)
        if (succeeded) assert.equal(decisive.at(-1), 'for')
      }),
      { numRuns: 2000 },
    )
  })

  const verdict = (event: DeviceEvent): 'for' | 'against' | undefined => {
    if (event.kind === 'versionReport') return event.firmware === 'v2' ? 'for' : 'against'
    if (event.resultCode !== 0) return 'against'
    if (event.version === undefined) return undefined
    if (event.version !== 'v2') return 'against'
    return event.percent === 100 ? 'for' : undefined
  }
})
