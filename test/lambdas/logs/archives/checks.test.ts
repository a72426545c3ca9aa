import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Registers } from '../../../../lambdas/logs/registers.ts'
import {
  absent,
  answered,
  cancelled,
  ended,
  minutes,
  notSent,
  opened,
  seconds,
  statusAt,
  stored,
  terms,
} from '../../../support/upload-facts.ts'

const accepted = answered(seconds(1))
const both = (at: number, end: 'uploaded' | 'canceled'): Registers[] => [
  ended(at, 'aircraft', end),
  ended(at + 1, 'dock', end),
]
const okBoth = both(minutes(5), 'uploaded')
const arrivedBoth = [stored(minutes(4), 'aircraft'), stored(minutes(4), 'dock')]

describe('an upload keeps the slot of its dock', () => {
  const cases: [string, Registers[], number, boolean][] = [
    ['while it is open', [accepted], seconds(2), true],
    ['not once it is uploaded, though proof is due', okBoth, minutes(6), false],
    ['not once it has timed out', [], seconds(15), false],
    ['not once it could not be sent', [notSent(20)], 20, false],
  ]
  for (const [name, facts, at, open] of cases) it(name, () => assert.equal(statusAt(at, facts).open, open))
})

describe('an upload is looked at again', () => {
  const finishBy = opened + minutes(30)
  const cases: [string, Registers[], number, number | undefined, number?][] = [
    ['when the dock has to have answered', [], 0, seconds(15)],
    ['at its deadline, once accepted', [accepted], seconds(2), minutes(65)],
    ['when it has to finish', [accepted], seconds(2), minutes(30), finishBy],
    [
      'no more for its finish, once asked to stop',
      [accepted, cancelled(minutes(30))],
      minutes(31),
      minutes(35),
      finishBy,
    ],
    ['after the grace of a cancel', [accepted, cancelled(minutes(10))], minutes(11), minutes(15)],
    ['for proof at once after the first ok', okBoth, minutes(6), minutes(5)],
    ['for proof, even if that is overdue', okBoth, minutes(60), minutes(5)],
    ['for the proof that is due', [...okBoth, stored(minutes(4), 'aircraft')], minutes(6), minutes(5) + 1],
    ['never, once verified', [...okBoth, ...arrivedBoth], minutes(6), undefined],
    [
      'never, once missing',
      [...okBoth, absent(minutes(11), 'aircraft'), absent(minutes(11), 'dock')],
      minutes(12),
      undefined,
    ],
    [
      'never, once storage has contradicted the dock',
      [
        ended(minutes(1), 'aircraft', 'uploaded', { sizeBytes: 1 }),
        ended(minutes(1), 'dock', 'failed'),
        stored(minutes(1), 'aircraft'),
      ],
      minutes(2),
      undefined,
    ],
    ['never, once timed out', [], seconds(15), undefined],
    ['never, once canceled', both(minutes(1), 'canceled'), minutes(2), undefined],
  ]
  for (const [name, facts, at, expected, finish] of cases)
    it(name, () =>
      assert.equal(
        statusAt(at, facts, terms({ finishBy: finish })).checkAt,
        expected === undefined ? undefined : opened + expected,
      ),
    )
})
