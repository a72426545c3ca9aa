import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { deletionFact, ownFact } from '../../../lambdas/logs/facts.ts'
import { join, type Registers } from '../../../lambdas/logs/registers.ts'
import { followUp, lostOf } from '../../../lambdas/logs/series.ts'
import { type UploadTerms, uploadStatus } from '../../../lambdas/logs/state.ts'
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
  seconds,
  stored,
  terms,
} from '../../support/upload-facts.ts'

const sequel = { retriesLeft: 2, retriesUsed: 0, halvingsLeft: 3, partsLeft: 0, logs: [4, 1] }
const withBudget = (more: Partial<typeof sequel> = {}, of: Partial<UploadTerms> = {}) =>
  terms({ ...of, sequel: { ...sequel, ...more } })

/**
 * Why and when another upload follows, in milliseconds after the opening of the one before; looked at then.
 */
const follows = (at: number, facts: readonly Registers[], of: UploadTerms = withBudget()) => {
  const registers = registersOf(...facts)
  const next = followUp(of, registers, uploadStatus(of, registers, opened + at), opened + at)
  return next && `${next.kind} ${next.at - opened}`
}

const accepted = answered(seconds(1))
const arrived = (module: 'aircraft' | 'dock') => [
  ended(minutes(2), module, 'uploaded'),
  stored(minutes(2), module),
]
const failed = (module: 'aircraft' | 'dock', result: number) =>
  ended(minutes(3), module, 'failed', { result })
const tooMany = 324012
const network = 324019
const malformed = 325001

describe('an upload is followed by', () => {
  const cases: [string, Registers[], string | undefined, UploadTerms?][] = [
    ['nothing while it is open', [accepted, failed('dock', network)], undefined],
    ['nothing once all has arrived', [accepted, ...arrived('aircraft'), ...arrived('dock')], undefined],
    [
      'a retry, a minute after its end',
      [accepted, ...arrived('aircraft'), failed('dock', network)],
      `retry ${minutes(4)}`,
    ],
    [
      'nothing before storage has said what it has of the other archive',
      [accepted, ended(minutes(2), 'aircraft', 'uploaded'), failed('dock', network)],
      undefined,
    ],
    [
      'a second retry after two minutes',
      [accepted, jobEnded(minutes(3), 'failed', network)],
      `retry ${minutes(5)}`,
      withBudget({ retriesLeft: 1, retriesUsed: 1 }),
    ],
    [
      'a third retry after four minutes',
      [accepted, jobEnded(minutes(3), 'failed', network)],
      `retry ${minutes(7)}`,
      withBudget({ retriesLeft: 1, retriesUsed: 2 }),
    ],
    [
      'no retry that its request did not allow',
      [accepted, jobEnded(minutes(3), 'failed', network)],
      undefined,
      withBudget({ retriesLeft: 0 }),
    ],
    ['no retry of what would fail again', [accepted, jobEnded(minutes(3), 'failed', malformed)], undefined],
    [
      'no retry before somebody frees storage',
      [accepted, jobEnded(minutes(3), 'failed', 324_016)],
      undefined,
    ],
    [
      'no retry of an aircraft that somebody has to switch on',
      [accepted, failed('aircraft', 324_015), ...arrived('dock')],
      undefined,
    ],
    [
      'a retry, where the dock refused it for now',
      [answered(seconds(1), 325005)],
      `retry ${minutes(1) + 1000}`,
    ],
    ['a retry, where the command was not sent', [notSent(20)], `retry ${minutes(1) + 20}`],
    [
      'a retry, where storage does not hold it',
      [accepted, ...arrived('aircraft'), ended(minutes(2), 'dock', 'uploaded'), absent(minutes(7), 'dock')],
      `retry ${minutes(8)}`,
    ],
    [
      'a retry, where storage holds something else',
      [
        accepted,
        ...arrived('aircraft'),
        ended(minutes(2), 'dock', 'uploaded'),
        stored(minutes(3), 'dock', { size: 1 }),
      ],
      `retry ${minutes(4)}`,
    ],
    [
      'halves, where there were too many logs, without using a retry',
      [accepted, failed('aircraft', tooMany), ...arrived('dock')],
      `half ${minutes(4)}`,
      withBudget({ retriesLeft: 0 }),
    ],
    [
      'nothing, where too many were one',
      [accepted, ...arrived('aircraft'), failed('dock', tooMany)],
      undefined,
    ],
    [
      'nothing, where it has been halved often enough',
      [accepted, failed('aircraft', tooMany), ...arrived('dock')],
      undefined,
      withBudget({ halvingsLeft: 0 }),
    ],
    [
      'its next part, as soon as it has arrived',
      [accepted, ...arrived('aircraft'), ...arrived('dock')],
      `part ${minutes(2)}`,
      withBudget({ partsLeft: 1 }),
    ],
    [
      'no further part, where it has failed for good',
      [accepted, ...arrived('aircraft'), failed('dock', malformed)],
      undefined,
      withBudget({ partsLeft: 1 }),
    ],
    [
      'nothing once an operator has asked it to stop',
      [accepted, cancelled(minutes(1)), jobEnded(minutes(3), 'failed', network)],
      undefined,
    ],
    [
      'nothing where an operator has asked one of its archives to stop',
      [accepted, ownFact('stopAsked', opened + minutes(1), 'x'), jobEnded(minutes(3), 'failed', network)],
      undefined,
    ],
    [
      'nothing where the dock was told to stop by somebody else',
      [accepted, ended(minutes(2), 'aircraft', 'canceled'), failed('dock', network)],
      undefined,
    ],
    [
      'nothing that would begin at its finish or later',
      [accepted, jobEnded(minutes(3), 'failed', network)],
      undefined,
      withBudget({}, { finishBy: opened + minutes(4) }),
    ],
    [
      'nothing for what somebody deleted',
      [
        accepted,
        ...arrived('aircraft'),
        failed('dock', network),
        deletionFact('dock', {}, { at: opened + minutes(4), by: 'ann', id: 'x' }),
      ],
      undefined,
    ],
    [
      'no further part, where somebody deleted what never arrived',
      [
        accepted,
        ...arrived('aircraft'),
        failed('dock', malformed),
        deletionFact('dock', {}, { at: opened + minutes(4), by: 'ann', id: 'x' }),
      ],
      undefined,
      withBudget({ partsLeft: 1 }),
    ],
    [
      'no further part, where somebody deleted what was not as the dock says',
      [
        accepted,
        ...arrived('aircraft'),
        ended(minutes(2), 'dock', 'uploaded'),
        deletionFact('dock', stored(minutes(3), 'dock', { size: 1 }), {
          at: opened + minutes(4),
          by: 'ann',
          id: 'x',
        }),
      ],
      undefined,
      withBudget({ partsLeft: 1 }),
    ],
    [
      'its next part, where somebody deleted what had arrived',
      [
        accepted,
        ...arrived('aircraft'),
        ended(minutes(2), 'dock', 'uploaded'),
        deletionFact('dock', stored(minutes(2), 'dock'), { at: opened + minutes(4), by: 'ann', id: 'x' }),
      ],
      `part ${minutes(2)}`,
      withBudget({ partsLeft: 1 }),
    ],
    [
      'nothing, if it is from before there was such a thing',
      [accepted, jobEnded(minutes(3), 'failed', network)],
      undefined,
      terms(),
    ],
  ]
  for (const [name, facts, expected, of] of cases)
    it(name, () => assert.equal(follows(minutes(10), facts, of), expected))

  it('a retry after its deadline, if the dock fell silent', () =>
    assert.equal(follows(minutes(65), [accepted]), `retry ${minutes(66)}`))

  it('nothing that could not be started for an hour', () => {
    const facts = [accepted, jobEnded(minutes(3), 'failed', network)]
    assert.equal(follows(minutes(64) - 1, facts), `retry ${minutes(4)}`)
    assert.equal(follows(minutes(64), facts), undefined)
  })

  it('nothing from its finish on', () => {
    const of = withBudget({}, { finishBy: opened + minutes(6) })
    const facts = [accepted, jobEnded(minutes(3), 'failed', network)]
    assert.equal(follows(minutes(6) - 1, facts, of), `retry ${minutes(4)}`)
    assert.equal(follows(minutes(6), facts, of), undefined)
  })
})

describe('what an upload lost', () => {
  const facts = [
    accepted,
    failed('aircraft', network),
    ...arrived('dock'),
    stored(minutes(4), 'aircraft'),
    deletionFact('dock', registersOf(...arrived('dock')), { at: opened + minutes(5), by: 'ann', id: 'x' }),
    absent(minutes(8), 'dock'),
    stored(minutes(9), 'dock', { size: 1 }),
  ]

  it('does not depend on the order of the facts', () =>
    fc.assert(
      fc.property(
        fc.shuffledSubarray(facts, { minLength: facts.length, maxLength: facts.length }),
        (shuffled) => {
          const registers = shuffled.reduce(join, {})
          const status = uploadStatus(withBudget(), registers, opened + minutes(10))
          assert.deepEqual(
            lostOf(withBudget(), registers, status).map(({ module }) => module),
            ['aircraft'],
          )
          assert.equal(status.archives.dock?.verification, 'verified')
        },
      ),
    ))
})
