import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { answerFacts } from '../../../lambdas/logs/facts.ts'
import type { Registers } from '../../../lambdas/logs/registers.ts'
import { Upload } from '../../../lambdas/logs/shapes.ts'
import { uploadView } from '../../../lambdas/logs/view.ts'
import type { ArchiveReport } from '../../../protocols/dji-remote-log/facts.ts'
import {
  absent,
  answered,
  cancelled,
  ended,
  jobEnded,
  minutes,
  notSent,
  opened,
  registersOf,
  reported,
  seconds,
  stored,
  terms,
  uploading,
} from '../../support/upload-facts.ts'

const accepted = answered(seconds(1))
const request = {
  id: 'upload-1',
  dockSn: 'DOCK1',
  fleet: 'north',
  requestedBy: 'ann',
  archives: (['aircraft', 'dock'] as const).map((module) => ({
    module,
    objectKey: module,
    bootIndexes: [1],
  })),
}

/** The upload as the API shows it at that time, and its two archives. */
const viewAt = (at: number, ...facts: Registers[]) => {
  const hot = {
    terms: terms({ finishBy: opened + minutes(30) }),
    fleet: 'north',
    registers: registersOf(...facts),
    rev: 1,
    indexed: { state: 'requested' },
  }
  const view = uploadView(request, hot, opened + at)
  const [aircraft, dock] = view.archives
  return { ...view, aircraft, dock }
}
const iso = (at: number) => new Date(opened + at).toISOString()

describe('an upload as operators see it', () => {
  it('fits the API’s schema, whatever is known', () => {
    for (const facts of [
      [],
      [accepted, uploading(minutes(1), 'aircraft')],
      [accepted, jobEnded(minutes(1), 'failed')],
      [notSent(9)],
    ])
      assert.doesNotThrow(() => z.parse(Upload, JSON.parse(JSON.stringify(viewAt(minutes(70), ...facts)))))
  })

  it('was updated when the newest of its facts came, not when it was looked at', () => {
    assert.equal(viewAt(minutes(9)).updatedAt, iso(0))
    assert.equal(viewAt(minutes(9), uploading(minutes(2), 'aircraft'), accepted).updatedAt, iso(minutes(2)))
  })

  it('shows when it was asked to stop, and when it has to', () => {
    const view = viewAt(minutes(9), accepted, cancelled(minutes(2)))
    assert.deepEqual([view.cancelRequestedAt, view.finishBy], [iso(minutes(2)), iso(minutes(30))])
  })

  it('shows why the dock did not stop', () => {
    const refusal = (result: number) =>
      answerFacts(
        'cancel',
        { commandId: 'c', result, modules: [] },
        { receivedAt: opened + 5, receiptId: 'r' },
      )
    assert.equal(viewAt(minutes(9), refusal(325003)).cancelFailure?.code, 325003)
    assert.equal(viewAt(minutes(9), refusal(0)).cancelFailure, undefined)
  })
})

describe('the percent of an archive', () => {
  const percent = (report: ArchiveReport) =>
    viewAt(minutes(2), reported(minutes(1), { module: 'dock', step: 'uploading', ...report })).dock?.percent
  const cases: [string, ArchiveReport, number][] = [
    [
      'is of the whole archive where the dock counts its steps',
      { stepNumber: 19, stepCount: 30, stepPercent: 50 },
      62,
    ],
    ['is zero at the first of many', { stepNumber: 1, stepCount: 30, stepPercent: 0 }, 0],
    ['is a hundred at the end of the last', { stepNumber: 30, stepCount: 30, stepPercent: 100 }, 100],
    ['is of the step where the steps are not counted', { stepNumber: 19, stepPercent: 50 }, 50],
    ['is of the step where the step has no number', { stepCount: 30, stepPercent: 50 }, 50],
    ['counts the steps done where the step has no percent', { stepNumber: 4, stepCount: 4 }, 75],
    ['is zero where nothing tells', {}, 0],
  ]
  for (const [name, report, expected] of cases) it(name, () => assert.equal(percent(report), expected))

  it('is a hundred once the dock says ok', () =>
    assert.equal(
      viewAt(minutes(2), uploading(minutes(1), 'dock', 7), ended(minutes(2), 'dock', 'uploaded')).dock
        ?.percent,
      100,
    ))

  it('stays where it was when the archive failed', () =>
    assert.equal(
      viewAt(minutes(2), uploading(minutes(1), 'dock', 7), ended(minutes(2), 'dock', 'failed')).dock?.percent,
      7,
    ))
})

describe('what is known of an archive', () => {
  it('includes its step only while it is in progress', () => {
    const packing = reported(minutes(1), { module: 'dock', step: 'packing' })
    assert.equal(viewAt(minutes(2), packing).dock?.step, 'packing')
    assert.equal(viewAt(minutes(3), packing, ended(minutes(2), 'dock', 'failed')).dock?.step, undefined)
  })

  it('includes size and fingerprint from the dock’s last report, else from storage', () => {
    const told = ended(minutes(2), 'dock', 'uploaded', { sizeBytes: 9, fingerprint: 'f' })
    const before = reported(minutes(1), { module: 'dock', step: 'uploading', sizeBytes: 5, uploadRate: 3 })
    const view = viewAt(minutes(3), before, told, stored(minutes(2), 'aircraft', { size: 7 }))
    assert.deepEqual(
      [view.dock?.sizeBytes, view.dock?.fingerprint, view.dock?.uploadRate, view.aircraft?.sizeBytes],
      [9, 'f', 3, 7],
    )
  })

  it('includes when the dock finished, by its own clock or else by ours', () => {
    const ownClock = ended(minutes(2), 'dock', 'uploaded', { finishedAt: opened + minutes(1) })
    assert.equal(viewAt(minutes(3), ownClock).dock?.finishedAt, iso(minutes(1)))
    assert.equal(viewAt(minutes(3), ended(minutes(2), 'dock', 'uploaded')).dock?.finishedAt, iso(minutes(2)))
    assert.equal(viewAt(minutes(3), ended(minutes(2), 'dock', 'failed')).dock?.finishedAt, undefined)
  })
})

describe('bytes per second', () => {
  const at = (time: number, stepPercent: number, more: ArchiveReport = {}) =>
    reported(time, { module: 'dock', step: 'uploading', stepPercent, sizeBytes: 1_000_000, ...more })
  const speed = (...facts: Registers[]) => viewAt(minutes(9), ...facts).dock?.bytesPerSecond

  it('is what was uploaded between the first and the furthest report of uploading', () =>
    assert.equal(speed(at(seconds(10), 20), at(seconds(20), 40), at(seconds(30), 70)), 25_000))

  it('runs up to the dock’s ok', () =>
    assert.equal(speed(at(seconds(10), 20), ended(seconds(20), 'dock', 'uploaded', {})), 80_000))

  it('is at most the largest number that the API has, whatever size a dock reports', () => {
    const more = { sizeBytes: Number.MAX_SAFE_INTEGER }
    assert.equal(speed(at(seconds(10), 0, more), at(seconds(10) + 1, 99, more)), Number.MAX_SAFE_INTEGER)
  })

  it('is unknown from a single report', () => assert.equal(speed(at(seconds(10), 20)), undefined))

  it('is unknown while the dock still packs', () =>
    assert.equal(
      speed(
        reported(seconds(10), { module: 'dock', step: 'packing', stepPercent: 1, sizeBytes: 9 }),
        reported(seconds(20), { module: 'dock', step: 'packing', stepPercent: 50, sizeBytes: 9 }),
      ),
      undefined,
    ))

  it('is unknown without a size', () =>
    assert.equal(speed(uploading(seconds(10), 'dock', 1), uploading(seconds(20), 'dock', 2)), undefined))

  it('stays what it was when the archive ended otherwise', () =>
    assert.equal(
      speed(at(seconds(10), 20), at(seconds(20), 40), ended(seconds(30), 'dock', 'canceled')),
      20_000,
    ))
})

describe('an upload has stalled', () => {
  const advanced = uploading(minutes(5), 'dock')
  it('when nothing new was heard for ten minutes, since it was heard last', () => {
    assert.equal(viewAt(minutes(15) - 1, accepted, advanced).stalledSince, undefined)
    assert.equal(viewAt(minutes(15), accepted, advanced).stalledSince, iso(minutes(5)))
  })

  it('although the dock repeats itself', () =>
    assert.equal(viewAt(minutes(15), advanced, uploading(minutes(14), 'dock')).stalledSince, iso(minutes(5))))

  it('but not once it has ended', () =>
    assert.equal(viewAt(minutes(99), accepted, jobEnded(minutes(5), 'failed')).stalledSince, undefined))
})

describe('a failure', () => {
  const aircraftOff = ended(minutes(1), 'aircraft', 'failed', { result: 324015 })
  const dockFine = [ended(minutes(2), 'dock', 'uploaded'), stored(minutes(2), 'dock')]

  it('with the aircraft off and the dock fine is partial, with advice on the aircraft', () => {
    const view = viewAt(minutes(3), accepted, aircraftOff, ...dockFine)
    assert.equal(view.state, 'partial')
    assert.equal(view.failure?.code, 324015)
    assert.match(view.failure?.advice ?? '', /aircraft/)
    assert.equal(view.failure?.retryable, true)
    assert.equal(view.dock?.failure, undefined)
  })

  const cases: [string, Registers[], number, string | number | undefined][] = [
    ['is the refusal of the start', [answered(seconds(1), 325009)], minutes(1), 325009],
    [
      'is the job’s, for archives without their own',
      [jobEnded(minutes(1), 'failed', 324012)],
      minutes(2),
      324012,
    ],
    ['without a code says so', [jobEnded(minutes(1), 'failed')], minutes(2), 'failed'],
    ['without a code, refused, says so', [jobEnded(minutes(1), 'rejected')], minutes(2), 'rejected'],
    ['is that the dock did not answer', [], minutes(1), 'noAnswer'],
    ['is that the dock fell silent', [accepted], minutes(65), 'timedOut'],
    ['is that the command could not be sent', [notSent(9)], minutes(1), 'notSent'],
    [
      'is that the archive is missing',
      [...dockFine, ended(minutes(1), 'aircraft', 'uploaded'), absent(minutes(9), 'aircraft')],
      minutes(9),
      'missing',
    ],
    [
      'is that the size differs',
      [ended(minutes(1), 'aircraft', 'uploaded', { sizeBytes: 1 }), stored(minutes(1), 'aircraft')],
      minutes(2),
      'sizeDiffers',
    ],
    ['is nothing while an upload is under way', [accepted], minutes(2), undefined],
    ['is nothing when it was canceled', [jobEnded(minutes(1), 'canceled')], minutes(2), undefined],
    [
      'is nothing when all went well, whatever result came with the ok',
      [jobEnded(minutes(1), 'uploaded', 5)],
      minutes(2),
      undefined,
    ],
  ]
  for (const [name, facts, at, code] of cases)
    it(name, () => assert.equal(viewAt(at, ...facts).failure?.code, code))
})
