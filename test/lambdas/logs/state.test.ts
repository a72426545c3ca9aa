import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Registers } from '../../../lambdas/logs/registers.ts'
import {
  absent,
  answered,
  cancelled,
  ended,
  jobEnded,
  minutes,
  notSent,
  opened,
  reported,
  seconds,
  statesAt,
  statusAt,
  stored,
  uploading,
} from '../../support/upload-facts.ts'

const md5 = 'a'.repeat(32)
const accepted = answered(seconds(1))
const both = (at: number, end: 'uploaded' | 'canceled' | 'failed' | 'rejected'): Registers[] => [
  ended(at, 'aircraft', end),
  ended(at + 1, 'dock', end),
]
const okBoth = both(minutes(5), 'uploaded')
const arrivedBoth = [stored(minutes(4), 'aircraft'), stored(minutes(4), 'dock')]

/**
 * Each case: what is known, when it is looked at, and the states of the job, the aircraft's archive and the
 * dock's.
 */
type Case = [name: string, facts: Registers[], at: number, states: string]

const states = (cases: readonly Case[]) => {
  for (const [name, facts, at, expected] of cases) it(name, () => assert.equal(statesAt(at, facts), expected))
}

describe('an upload that is under way is', () => {
  states([
    ['requested at first', [], 0, 'requested requested requested'],
    ['accepted when the dock says so', [accepted], seconds(2), 'accepted accepted accepted'],
    [
      'uploading with its furthest archive',
      [accepted, uploading(minutes(1), 'aircraft')],
      minutes(2),
      'uploading uploading accepted',
    ],
    [
      'uploading while the dock still collects',
      [accepted, reported(minutes(1), { module: 'dock', step: 'pulling' })],
      minutes(2),
      'uploading accepted uploading',
    ],
    [
      'uploading although its acceptance was lost',
      [uploading(minutes(1), 'aircraft')],
      minutes(2),
      'uploading uploading requested',
    ],
    [
      'uploading when an object is there before the dock says ok',
      [accepted, stored(minutes(1), 'dock')],
      minutes(2),
      'uploading accepted uploading',
    ],
    [
      'open while one archive is, whatever the end of the other',
      [accepted, ended(minutes(1), 'aircraft', 'failed')],
      minutes(2),
      'uploading failed accepted',
    ],
  ])
})

describe('an upload whose dock reported its end is', () => {
  states([
    ['uploaded', [accepted, ...okBoth], minutes(6), 'uploaded uploaded uploaded'],
    ['canceled', [accepted, ...both(minutes(5), 'canceled')], minutes(6), 'canceled canceled canceled'],
    ['failed', [accepted, ...both(minutes(5), 'failed')], minutes(6), 'failed failed failed'],
    ['rejected', [accepted, ...both(minutes(5), 'rejected')], minutes(6), 'rejected rejected rejected'],
    ['rejected when the start is refused', [answered(500, 325009)], seconds(1), 'rejected rejected rejected'],
    [
      'partial when the archives end differently',
      [accepted, ended(minutes(1), 'aircraft', 'failed'), ended(minutes(2), 'dock', 'uploaded')],
      minutes(3),
      'partial failed uploaded',
    ],
    [
      'ended where no archive told its own end',
      [accepted, jobEnded(minutes(2), 'failed', 324019)],
      minutes(3),
      'failed failed failed',
    ],
    [
      'ended for the archives without an end of their own only',
      [accepted, ended(minutes(1), 'dock', 'uploaded'), jobEnded(minutes(2), 'canceled')],
      minutes(3),
      'partial canceled uploaded',
    ],
    [
      'as its archives say, even when the end of the job came first',
      [accepted, jobEnded(minutes(1), 'failed'), ...both(minutes(2), 'uploaded')],
      minutes(3),
      'uploaded uploaded uploaded',
    ],
    [
      'as the job says when that came before the refusal',
      [answered(minutes(2), 325009), jobEnded(minutes(1), 'uploaded')],
      minutes(3),
      'uploaded uploaded uploaded',
    ],
    [
      'ended for good: progress that comes later changes nothing',
      [accepted, ...both(minutes(5), 'canceled'), uploading(minutes(6), 'dock', 99)],
      minutes(7),
      'canceled canceled canceled',
    ],
    [
      'ended for good without an object: an end that comes later changes nothing',
      [accepted, ...both(minutes(5), 'failed'), ...both(minutes(6), 'uploaded')],
      minutes(7),
      'failed failed failed',
    ],
    [
      'ended for good, whatever arrives in storage',
      [accepted, ...both(minutes(5), 'canceled'), ...arrivedBoth],
      minutes(7),
      'canceled canceled canceled',
    ],
    ['ended for good, however late it is', [...okBoth], minutes(600), 'uploaded uploaded uploaded'],
  ])
})

describe('an archive that is ok after another end', () => {
  const failedAircraft = ended(minutes(5), 'aircraft', 'failed')
  const okLater = ended(minutes(9), 'aircraft', 'uploaded', { sizeBytes: 400, fingerprint: md5 })
  const dockDone = [ended(minutes(6), 'dock', 'uploaded'), stored(minutes(6), 'dock')]
  states([
    ...(['failed', 'rejected', 'canceled'] as const).map(
      (end): Case => [
        `has arrived where storage has the very object, after ${end}`,
        [accepted, ended(minutes(5), 'aircraft', end), okLater, stored(minutes(8), 'aircraft'), ...dockDone],
        minutes(10),
        'verified verified verified',
      ],
    ),
    [
      'has arrived also when the dock’s archive had failed and the end was the job’s',
      [accepted, jobEnded(minutes(5), 'failed'), okLater, stored(minutes(8), 'aircraft')],
      minutes(10),
      'partial verified failed',
    ],
    [
      'has not arrived before storage has the object',
      [accepted, failedAircraft, okLater, ...dockDone],
      minutes(10),
      'partial failed verified',
    ],
    [
      'has not arrived where the object has another size',
      [accepted, failedAircraft, okLater, stored(minutes(8), 'aircraft', { size: 7 }), ...dockDone],
      minutes(10),
      'partial failed verified',
    ],
    [
      'has not arrived where the object has another MD5',
      [
        accepted,
        failedAircraft,
        okLater,
        ...dockDone,
        stored(minutes(8), 'aircraft', { etag: 'f'.repeat(32) }),
      ],
      minutes(10),
      'partial failed verified',
    ],
    [
      'has not arrived where nothing tells that it is the very object',
      [
        accepted,
        failedAircraft,
        ended(minutes(9), 'aircraft', 'uploaded', {}),
        ...dockDone,
        stored(minutes(8), 'aircraft'),
      ],
      minutes(10),
      'partial failed verified',
    ],
    [
      'is not undone by a failure that comes later still',
      [
        accepted,
        failedAircraft,
        okLater,
        ended(minutes(11), 'aircraft', 'failed'),
        ...dockDone,
        stored(minutes(8), 'aircraft'),
      ],
      minutes(12),
      'verified verified verified',
    ],
  ])

  it('is looked for in storage until it is found to be absent', () => {
    const facts = [accepted, failedAircraft, okLater, ...dockDone]
    assert.equal(statusAt(minutes(10), facts).checkAt, opened + minutes(9))
    assert.equal(statusAt(minutes(20), [...facts, absent(minutes(15), 'aircraft')]).checkAt, undefined)
  })
})

describe('an upload without a reported end is', () => {
  const lost = uploading(minutes(1), 'aircraft')
  states([
    ['open until the dock has to answer', [], seconds(15) - 1, 'requested requested requested'],
    ['timed out when the dock does not answer', [], seconds(15), 'timedOut timedOut timedOut'],
    ['failed from when its start could not be sent', [notSent(20)], 20, 'failed failed failed'],
    ['open until its deadline', [accepted, lost], minutes(65) - 1, 'uploading uploading accepted'],
    ['timed out at its deadline', [accepted, lost], minutes(65), 'timedOut timedOut timedOut'],
    [
      'partial at its deadline when one archive told its end',
      [accepted, ended(minutes(3), 'dock', 'uploaded'), stored(minutes(3), 'dock'), lost],
      minutes(65),
      'partial timedOut verified',
    ],
    [
      'uploaded at its deadline where the objects came without a word',
      [accepted, ...arrivedBoth],
      minutes(65),
      'uploaded uploaded uploaded',
    ],
    [
      'open again when an answer comes late',
      [answered(seconds(20))],
      seconds(21),
      'accepted accepted accepted',
    ],
    [
      'open again when a report comes although sending seemed to fail',
      [notSent(20), lost],
      minutes(2),
      'uploading uploading requested',
    ],
    [
      'what the dock says after its deadline',
      [accepted, ...both(minutes(80), 'uploaded')],
      minutes(81),
      'uploaded uploaded uploaded',
    ],
    [
      'verified by what comes after its deadline',
      [accepted, ...both(minutes(80), 'uploaded'), ...arrivedBoth],
      minutes(81),
      'verified verified verified',
    ],
    [
      'open for five minutes after it was asked to stop',
      [accepted, cancelled(minutes(10))],
      minutes(15) - 1,
      'accepted accepted accepted',
    ],
    [
      'timed out five minutes after it was asked to stop',
      [accepted, cancelled(minutes(10))],
      minutes(15),
      'timedOut timedOut timedOut',
    ],
    [
      'open for longer when the dock goes on after it was asked to stop',
      [accepted, cancelled(minutes(10)), uploading(minutes(14), 'dock')],
      minutes(19) - 1,
      'uploading accepted uploading',
    ],
    [
      'timed out at its deadline when the dock never stops',
      [accepted, cancelled(minutes(10)), uploading(minutes(64), 'dock')],
      minutes(65),
      'timedOut timedOut timedOut',
    ],
    [
      'canceled when the dock says so after all',
      [accepted, cancelled(minutes(10)), ...both(minutes(30), 'canceled')],
      minutes(31),
      'canceled canceled canceled',
    ],
  ])
})
