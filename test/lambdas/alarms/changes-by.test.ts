import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { alarmId, changesBy, type Snapshot, type StoredAlarm } from '../../../lambdas/alarms/alarm.ts'
import type { Alarm } from '../../../protocols/dji-alarms/facts.ts'

const alarm = (code: string, more: Partial<Alarm> = {}): Alarm => ({
  code,
  level: 'warning',
  module: 'health',
  imminent: false,
  inTheSky: false,
  component: 0,
  sensor: 0,
  ...more,
})
const at = (time: number, ...codes: string[]): Snapshot => ({
  at: time,
  alarms: codes.map((code) => alarm(code)),
})

type Known = Map<string, StoredAlarm>

/** What the table would hold after a change. */
const apply = (known: Known, snapshots: readonly Snapshot[]): Known => {
  const next = new Map(known)
  for (const { alarm: said, raisedAt, seenAt, clearedAt } of changesBy(known, snapshots)) {
    const before = known.get(alarmId(said))
    next.set(alarmId(said), {
      ...said,
      dockSn: 'D',
      sn: 'D',
      fleet: 'f',
      expiresAt: 0,
      seenAt,
      raisedAt: raisedAt ?? before?.raisedAt ?? 0,
      ...(clearedAt === undefined
        ? { state: 'standing' as const }
        : { state: 'cleared' as const, clearedAt }),
    })
  }
  return next
}
const states = (known: Known) =>
  Object.fromEntries(
    [...known.values()].map(({ code, state, raisedAt }) => [code, `${state} since ${raisedAt}`]),
  )

describe('snapshots of alarms', () => {
  it('raise their alarms, and clear those that the next lacks', () => {
    const raised = apply(new Map(), [at(10, 'a', 'b'), at(12, 'b')])
    assert.deepEqual(states(raised), { a: 'cleared since 10', b: 'standing since 10' })
    assert.equal(raised.get('a#0#0')?.clearedAt, 12)
  })

  it('raise a cleared alarm again, but not for an earlier report', () => {
    const cleared = apply(new Map(), [at(10, 'a'), at(20)])
    assert.deepEqual(changesBy(cleared, [at(15, 'a')]), [])
    assert.deepEqual(states(apply(cleared, [at(30, 'a')])), { a: 'standing since 30' })
  })

  it('that are older than the last report clear nothing', () =>
    assert.deepEqual(changesBy(apply(new Map(), [at(20, 'a')]), [at(10)]), []))

  it('distinguish components with the same code', () => {
    const both = [alarm('a'), alarm('a', { sensor: 1 })]
    assert.equal(changesBy(new Map(), [{ at: 1, alarms: both }]).length, 2)
  })

  it('lead to the newest state, whatever their batches and repeats', () => {
    const history = fc
      .array(fc.subarray(['a', 'b', 'c', 'd']), { minLength: 1, maxLength: 12 })
      .map((all) => all.map((codes, n) => at(n + 1, ...codes)))
    fc.assert(
      fc.property(
        history,
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.boolean()),
        (said, size, repeat) => {
          let known: Known = new Map()
          for (let from = 0; from < said.length; from += size) {
            const batch = said.slice(from, from + size)
            known = apply(known, batch)
            if (repeat.next().value) assert.deepEqual(changesBy(known, batch), [])
          }
          const standing = [...known.values()]
            .filter(({ state }) => state === 'standing')
            .map(({ code }) => code)
          assert.deepEqual(
            standing.sort(),
            said
              .at(-1)
              ?.alarms.map(({ code }) => code)
              .sort(),
          )
        },
      ),
    )
  })
})
