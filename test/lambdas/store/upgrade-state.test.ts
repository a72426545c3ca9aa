import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Device } from '../../../lambdas/store/devices.ts'
import { factsAhead } from '../../../lambdas/store/register-item.ts'
import { type Attempt, factsOf, type UpgradeRegisters } from '../../../lambdas/store/upgrade-state.ts'
import { upgradeView } from '../../../lambdas/upgrade-views.ts'
import type { DeviceEvent } from '../../../protocols/huawei-ota/facts.ts'
import { inShort, start, time } from '../../support/upgrades.ts'

/** What reports mean, together and at a time. Pure; times are seconds after the attempt was opened. */

const attempt: Attempt = {
  ...{ id: 'attempt-1', package: 'firmware', target: 'v2', openedAt: start, timeoutSeconds: 3600 },
  requestedBy: 'ann',
}
const deviceId = 'device-1'
const report = (
  resultCode: number,
  version?: string,
  percent?: number,
  description?: string,
): DeviceEvent => ({
  ...{ kind: 'upgradeReport', deviceId, resultCode },
  ...(version === undefined ? {} : { version }),
  ...(percent === undefined ? {} : { percent }),
  ...(description === undefined ? {} : { description }),
})
const runs = (firmware: string, software?: string): DeviceEvent => ({
  ...{ kind: 'versionReport', deviceId, firmware },
  ...(software === undefined ? {} : { software }),
})

type Said = [seconds: number, event: DeviceEvent]

const known = (said: readonly Said[], of: Attempt | undefined): UpgradeRegisters => {
  const registers: UpgradeRegisters = {}
  for (const [at, event] of said) {
    const receipt = { receivedAt: start + at * 1000, receiptId: `receipt${at}` }
    Object.assign(registers, factsAhead(factsOf(event, receipt, 0, of), registers))
  }
  return registers
}

const viewAt = (seconds: number, said: readonly Said[], of: Attempt | undefined = attempt) => {
  const device: Device = {
    ...{ deviceId, fleet: 'default', parentId: undefined, registeredAt: undefined },
    ...{ attempt: of, registers: known(said, of), rev: 1, told: {} },
  }
  return upgradeView(device, start + seconds * 1000)
}

/** The state a minute after the last was said. */
const after = (...said: Said[]): string => inShort(viewAt((said.at(-1)?.[0] ?? 0) + 60, said))
const claimedAfter = (...said: Said[]): string => {
  const registers = known(said, undefined)
  const device = { deviceId, fleet: 'default', parentId: undefined, registeredAt: undefined }
  return inShort(upgradeView({ ...device, attempt: undefined, registers, rev: 1, told: {} }, start + 60_000))
}

describe('one report of an attempt for v2 means', () => {
  const percents = [0, 80, 99, 100, undefined]
  const rows: [
    name: string,
    codes: number[],
    versions: (string | undefined)[],
    percents: (number | undefined)[],
    state: string,
  ][] = [
    ['0 with the target, 100 % or none: succeeded', [0], ['v2'], [100, undefined], 'succeeded matched'],
    ['0 with the target, less than 100 %: upgrading', [0], ['v2'], [0, 80, 99], 'upgrading'],
    [
      '0 with another version or none, any percent: upgrading',
      [0],
      ['v1', 'V2', 'v2 ', undefined],
      percents,
      'upgrading',
    ],
    ['3 with the target: succeeded, it was up to date', [3], ['v2'], percents, 'succeeded matched'],
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

describe('without an attempt a report stands for itself:', () => {
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

  it('a version alone tells of no upgrade, and is never silent', () => {
    assert.equal(claimedAfter([5, runs('v1')]), 'none')
  })
})

describe('the evidence of a success', () => {
  it('is that a report matched, until a version report confirms it', () => {
    assert.equal(after([5, report(0, 'v2', 100)]), 'succeeded matched')
    assert.equal(after([5, report(0, 'v2', 100)], [9, runs('v2')]), 'succeeded confirmed')
    assert.equal(after([5, runs('v2')]), 'succeeded confirmed')
  })

  it('is of the package that is upgraded: software proves nothing of firmware', () => {
    assert.equal(after([5, runs('v1', 'v2')]), 'pending')
    const software: Attempt = { ...attempt, package: 'software' }
    assert.equal(inShort(viewAt(60, [[5, runs('v2', 'v1')]], software)), 'pending')
    assert.equal(inShort(viewAt(60, [[5, runs('v1', 'v2')]], software)), 'succeeded confirmed')
  })

  it('is the exact text of the version', () => {
    for (const other of ['V2', 'v2 ', 'v2.0', '2']) assert.equal(after([5, runs(other)]), 'pending')
  })
})

describe('a device that was upgraded', () => {
  it('has rolled back when a version report tells of another version, and is back with the target again', () => {
    const done: Said[] = [
      [5, report(0, 'v2', 100)],
      [9, runs('v2')],
    ]
    assert.equal(after(...done, [20, runs('v1')]), 'succeeded confirmed rolledBack')
    assert.equal(after(...done, [20, runs('v1')], [30, runs('v2')]), 'succeeded confirmed')
    assert.equal(
      after(...done, [20, runs('v1')], [30, runs('v2')], [40, runs('v0')]),
      'succeeded confirmed rolledBack',
    )
  })

  it('has not rolled back because it told of the old version before', () => {
    assert.equal(after([2, runs('v1')], [5, report(0, 'v2', 100)]), 'succeeded matched')
  })

  it('has not rolled back because of the other package', () => {
    assert.equal(after([5, runs('v2', 'a')], [9, runs('v2', 'b')]), 'succeeded confirmed')
  })

  it('is not upgrading again, whatever it repeats', () => {
    const late: DeviceEvent[] = [
      report(0, 'v1', 10),
      report(0, 'v2', 50),
      report(7, 'v1', 0),
      report(3, 'v1'),
    ]
    for (const event of late) assert.equal(after([5, report(0, 'v2', 100)], [9, event]), 'succeeded matched')
  })
})

describe('an attempt that failed', () => {
  it('is not upgrading again, whatever is reported but the target', () => {
    for (const event of [report(0, 'v1', 10), report(0, 'v1', 100), report(0, 'v2', 99), runs('v1')])
      assert.equal(after([5, report(6, 'v1')], [9, event]), 'failed')
  })

  it('failed for its first reason', () => {
    assert.equal(
      viewAt(60, [
        [9, report(7, 'v1')],
        [5, report(6, 'v1')],
        [7, report(10, 'v1')],
      ]).failure?.code,
      6,
    )
  })

  it('has succeeded once the target is reported', () => {
    assert.equal(after([5, report(6, 'v1')], [9, report(0, 'v2', 100)]), 'succeeded matched')
    assert.equal(after([5, report(6, 'v1')], [9, report(3, 'v2')]), 'succeeded matched')
    assert.equal(after([5, report(6, 'v1')], [9, runs('v2')]), 'succeeded confirmed')
  })

  it('has not succeeded because the target stands beside a fault', () => {
    assert.equal(after([5, report(6, 'v2', 100)], [9, report(1, 'v2', 100)]), 'failed')
  })
})

describe('silence', () => {
  it('ends an attempt that was never heard of, after its time and not before', () => {
    assert.equal(inShort(viewAt(3599.999, [])), 'pending')
    assert.equal(inShort(viewAt(3600, [])), 'timedOut')
  })

  it('counts from the newest report on', () => {
    const said: Said[] = [[3000, report(0, 'v1', 10)]]
    assert.equal(inShort(viewAt(6599, said)), 'upgrading')
    assert.equal(viewAt(10, said).attempt?.silentAt, time(6600))
    assert.equal(inShort(viewAt(6600, said)), 'timedOut')
  })

  it('is told by our clock, whatever time the device claims', () => {
    const claims = (eventTime: number): DeviceEvent => ({
      ...report(0, 'v1', 10),
      eventTime,
      eventTimeText: 'x',
    })
    for (const claimed of [0, start + 8 * 3_600_000])
      assert.equal(inShort(viewAt(3661, [[60, claims(claimed)]])), 'timedOut')
  })

  it('is not broken by a device that only tells what it runs', () => {
    assert.equal(inShort(viewAt(3600, [[3599, runs('v1')]])), 'timedOut')
  })

  it('has a reason that can be read, and no vendor’s code', () => {
    const { failure } = viewAt(3600, [])
    assert.deepEqual([failure?.code, failure?.retryable], ['silent', true])
  })

  it('does not end what has ended', () => {
    assert.equal(inShort(viewAt(99_999, [[5, report(0, 'v2', 100)]])), 'succeeded matched')
    assert.equal(inShort(viewAt(99_999, [[5, report(7, 'v1')]])), 'failed')
  })

  it('is over when the target is reported after all', () => {
    assert.equal(inShort(viewAt(99_999, [[9000, runs('v2')]])), 'succeeded confirmed')
    assert.equal(inShort(viewAt(99_999, [[9000, report(0, 'v2', 100)]])), 'succeeded matched')
  })
})

describe('an attempt that was closed', () => {
  const closedAt = (seconds: number, now: number, ...said: Said[]) => {
    const registers = known(said, attempt)
    const closed = { order: 'x', at: start + seconds * 1000, by: 'bob' }
    const device = { deviceId, fleet: 'default', parentId: undefined, registeredAt: undefined }
    const all = { ...device, attempt, registers: { ...registers, closed }, rev: 1, told: {} }
    return inShort(upgradeView(all, start + now * 1000))
  }

  it('stays closed, whatever is reported after that', () => {
    assert.equal(closedAt(10, 60), 'closed')
    for (const event of [report(0, 'v2', 100), report(7, 'v1'), runs('v2')])
      assert.equal(closedAt(10, 60, [20, event]), 'closed')
  })

  it('has the end that it had before, also when that becomes known later', () => {
    assert.equal(closedAt(10, 60, [9, report(0, 'v2', 100)]), 'succeeded matched')
    assert.equal(closedAt(10, 60, [9, report(7, 'v1')]), 'failed')
    assert.equal(closedAt(5000, 6000), 'timedOut')
    assert.equal(closedAt(5000, 9000, [3000, report(0, 'v1', 10)]), 'closed')
  })
})
