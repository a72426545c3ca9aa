import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { earliest, furthest, join, type Registers } from '../../../lambdas/logs/registers.ts'
import { uploadStatus } from '../../../lambdas/logs/state.ts'
import { factsAhead } from '../../../lambdas/table/register-facts.ts'
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
  stored,
  terms,
  uploading,
} from '../../support/upload-facts.ts'

/** All facts about an upload, at any time. */
const at = fc.integer({ min: 0, max: minutes(90) })
const module = fc.constantFrom('aircraft' as const, 'dock' as const)
const end = fc.constantFrom('uploaded' as const, 'canceled' as const, 'failed' as const, 'rejected' as const)
const step = fc.constantFrom('sent' as const, 'pulling' as const, 'uploading' as const, 'unknown' as const)
const percent = fc.integer({ min: 0, max: 100 })
const fact: fc.Arbitrary<Registers> = fc.oneof(
  fc.tuple(at, fc.constantFrom(0, 325009)).map(([when, result]) => answered(when, result)),
  fc
    .tuple(at, module, step, percent)
    .map(([when, of, is, stepPercent]) => reported(when, { module: of, step: is, stepPercent })),
  fc.tuple(at, module, end).map(([when, of, how]) => ended(when, of, how)),
  fc.tuple(at, end).map(([when, how]) => jobEnded(when, how)),
  fc.tuple(at, module).map(([when, of]) => stored(when, of, { size: when })),
  fc.tuple(at, module).map(([when, of]) => absent(when, of)),
  at.map(cancelled),
  at.map(notSent),
)
const registers = fc.array(fact, { maxLength: 6 }).map((facts) => registersOf(...facts))

/** Registers of equal order hold equal facts, so their orders tell whether two sets are the same. */
const orders = (of: Registers) =>
  Object.entries(of)
    .map(([name, fact]) => `${name} ${fact?.order}`)
    .sort()

describe('joining what is known', () => {
  const same = (one: Registers, other: Registers) => assert.deepEqual(orders(one), orders(other))

  it('does not depend on the order', () =>
    fc.assert(fc.property(registers, registers, (a, b) => same(join(a, b), join(b, a)))))

  it('does not depend on the grouping', () =>
    fc.assert(
      fc.property(registers, registers, registers, (a, b, c) =>
        same(join(join(a, b), c), join(a, join(b, c))),
      ),
    ))

  it('adds nothing the second time', () =>
    fc.assert(
      fc.property(registers, registers, (a, b) => {
        const known = join(a, b)
        assert.deepEqual(join(known, b), known)
        assert.deepEqual(factsAhead(b, known), {})
      }),
    ))
})

describe('the order of a register', () => {
  it('puts an earlier end before a later one, whatever their priorities', () =>
    assert.ok(earliest(opened, 'a', 1) > earliest(opened + 1, 'z', 4)))

  it('puts the higher priority first within a millisecond', () =>
    assert.ok(earliest(opened, 'a', 4) > earliest(opened, 'z', 3)))

  it('puts the further report before the earlier one', () =>
    assert.ok(furthest(2_000_050, opened + 9, 'a') > furthest(1_999_999, opened, 'z')))

  it('puts the earlier of two equally far reports first', () =>
    assert.ok(furthest(2_000_050, opened, 'a') > furthest(2_000_050, opened + 700, 'z')))
})

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, n) =>
        permutations(items.filter((_, other) => other !== n)).map((others) => [item, ...others]),
      )

/** All orders there are, not a sample of them. */
describe('the same facts in any order', () => {
  const stories: Record<string, Registers[]> = {
    'that ends well': [
      answered(300),
      uploading(minutes(1), 'aircraft'),
      ended(minutes(3), 'aircraft', 'uploaded', { sizeBytes: 400 }),
      stored(minutes(2), 'aircraft'),
      reported(minutes(3), { module: 'dock', step: 'packing', stepPercent: 99 }),
      ended(minutes(5), 'dock', 'uploaded', { sizeBytes: 400 }),
      stored(minutes(4), 'dock'),
    ],
    'with every contradiction': [
      answered(300),
      answered(400, 325009),
      cancelled(minutes(2)),
      ended(minutes(3), 'aircraft', 'canceled'),
      ended(minutes(4), 'aircraft', 'uploaded'),
      jobEnded(minutes(4), 'failed', 324019),
      uploading(minutes(70), 'dock'),
    ],
    'in which our conclusions prove wrong': [
      notSent(10),
      answered(minutes(1)),
      ended(minutes(66), 'dock', 'uploaded'),
      absent(minutes(72), 'dock'),
      stored(minutes(73), 'dock'),
      jobEnded(minutes(66), 'uploaded'),
    ],
  }
  for (const [name, story] of Object.entries(stories))
    it(`means the same, ${name}`, () => {
      const meaning = (facts: readonly Registers[]) =>
        JSON.stringify(uploadStatus(terms(), registersOf(...facts), opened + minutes(75)))
      const expected = meaning(story)
      for (const order of permutations(story)) assert.equal(meaning(order), expected)
    })
})
