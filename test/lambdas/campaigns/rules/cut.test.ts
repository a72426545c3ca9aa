import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Candidate, cut, orderOf, withoutDevices } from '../../../../lambdas/campaigns/rules/cut.ts'
import type { Phase } from '../../../../lambdas/campaigns/rules/shapes.ts'

type Take = Phase['take']

const devices = (count: number, labels?: Record<string, string>): Candidate[] =>
  Array.from({ length: count }, (_, n) => ({ deviceId: `device-${n}`, labels }))
const sizes = (takes: Take[], candidates: Candidate[]) =>
  cut(
    'spring',
    takes.map((take) => ({ take })),
    candidates,
  ).phases.map(({ length }) => length)
const percents = (...shares: number[]): Take[] => shares.map((percent) => ({ percent }))

describe('the phases of a campaign', () => {
  it('take percentages of all its devices', () => {
    assert.deepEqual(sizes(percents(1, 9, 90), devices(1000)), [10, 90, 900])
    assert.deepEqual(sizes([{ devices: 50 }, { percent: 50 }], devices(100)), [50, 50])
  })

  it('leave no device out if their sum is a hundred percent, however they round', () => {
    assert.deepEqual(sizes(percents(33.33, 33.33, 33.34), devices(10)), [3, 4, 3])
    assert.deepEqual(sizes(percents(12.5, 12.5, 12.5, 12.5, 50), devices(7)), [1, 1, 1, 1, 3])
  })

  it('have a device each even if the percentage is less than one', () => {
    assert.deepEqual(sizes(percents(1, 1, 98), devices(10)), [1, 1, 8])
    assert.deepEqual(sizes(percents(1, 1, 98), devices(2)), [1, 1, 0])
  })

  it('take devices with all the labels, whatever their order', () => {
    const mixed: Candidate[] = [
      { deviceId: 'a', labels: { site: 'lab', ring: '0' } },
      { deviceId: 'b', labels: { site: 'lab' } },
      { deviceId: 'c', labels: { site: 'field', ring: '0' } },
      { deviceId: 'd' },
    ]
    const { phases, leftOut } = cut(
      'spring',
      [{ take: { labels: { site: 'lab', ring: '0' } } }, { take: { labels: { ring: '0' } } }],
      mixed,
    )
    assert.deepEqual(phases, [['a'], ['c']])
    assert.deepEqual(leftOut.toSorted(), ['b', 'd'])
  })

  it('do not mistake an object’s own properties for labels', () => {
    assert.deepEqual(
      sizes([{ labels: { constructor: 'x' } }, { labels: { toString: 'x' } }], devices(2)),
      [0, 0],
    )
  })

  it('count a device that is named twice once', () => {
    assert.deepEqual(sizes(percents(50, 50), [...devices(4), ...devices(4)]), [2, 2])
  })

  it('are faults if no device is left for them', () => {
    const { phases } = cut('spring', [{ take: { devices: 3 } }, { take: { devices: 1 } }], devices(3))
    assert.deepEqual(withoutDevices(phases), [
      { path: 'phases[1].take', message: 'leaves this phase no device' },
    ])
  })

  const label = fc.record({ ring: fc.constantFrom('0', '1') }, { requiredKeys: [] })
  const take: fc.Arbitrary<Take> = fc.oneof(
    fc.integer({ min: 1, max: 10_000 }).map((hundredths) => ({ percent: hundredths / 100 })),
    fc.integer({ min: 1, max: 30 }).map((count) => ({ devices: count })),
    fc.constantFrom('0', '1').map((ring) => ({ labels: { ring } })),
  )
  const phasesOf = fc.array(take, { minLength: 1, maxLength: 6 })
  const candidatesOf = fc.uniqueArray(
    fc.record({ deviceId: fc.string({ minLength: 1, maxLength: 8 }), labels: label }),
    { selector: ({ deviceId }) => deviceId, maxLength: 60 },
  )
  const of = (takes: Take[], candidates: Candidate[]) =>
    cut(
      'spring',
      takes.map((one) => ({ take: one })),
      candidates,
    )

  it('and those left out contain all devices, each once', () => {
    fc.assert(
      fc.property(phasesOf, candidatesOf, (takes, candidates) => {
        const { phases, leftOut } = of(takes, candidates)
        const dealt = [...phases.flat(), ...leftOut]
        assert.deepEqual(dealt.toSorted(), candidates.map(({ deviceId }) => deviceId).toSorted())
      }),
    )
  })

  it('are the same in whatever order the devices come, and each in the order of the campaign', () => {
    const shuffled = candidatesOf.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    )
    fc.assert(
      fc.property(phasesOf, shuffled, (takes, [one, other]) => {
        const result = of(takes, one)
        assert.deepEqual(of(takes, other), result)
        for (const ids of [...result.phases, result.leftOut]) {
          const orders = ids.map((id) => orderOf('spring', id))
          assert.deepEqual(orders, orders.toSorted())
        }
      }),
    )
  })

  it('of percentages that are a device or more each are half a device off at most, all up to there', () => {
    const shares = fc
      .array(fc.integer({ min: 1000, max: 2000 }), { minLength: 1, maxLength: 5 })
      .map((all) => all.map((hundredths) => hundredths / 100))
    fc.assert(
      fc.property(shares, fc.integer({ min: 10, max: 300 }), (all, count) => {
        const parts = sizes(percents(...all), devices(count))
        for (const n of parts.keys()) {
          const said = (all.slice(0, n + 1).reduce((sum, one) => sum + one) * count) / 100
          const given = parts.slice(0, n + 1).reduce((sum, one) => sum + one)
          assert.ok(Math.abs(given - said) < 0.501, `${given} of ${said}`)
        }
      }),
    )
  })
})

describe('the order of a campaign', () => {
  it('differs in each campaign', () => {
    const order = (campaign: string) =>
      cut(campaign, [{ take: { percent: 100 } }], devices(20)).phases[0]?.join()
    assert.notEqual(order('spring'), order('autumn'))
  })

  it('never changes: a campaign outlives the code that began it', () => {
    assert.equal(orderOf('spring', 'device-1'), '5f65c6f3fb9d353105a5e22a0e12cfa3')
  })
})
