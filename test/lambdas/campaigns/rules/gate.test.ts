import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { gateOf } from '../../../../lambdas/campaigns/rules/gate.ts'

const gate = { confirmedPercent: 95, failedAtMostPercent: 2, withinSeconds: 3600 }
const judged = (counts: { size: number; confirmed: number; failed: number }, seconds = 0, by = gate) =>
  gateOf(by, { ...counts, openedAt: 1_000 }, 1_000 + seconds * 1000)

describe('the gate of a phase', () => {
  it('is passed as soon as that part of its devices is confirmed', () => {
    assert.equal(judged({ size: 100, confirmed: 94, failed: 2 }), 'open')
    assert.equal(judged({ size: 100, confirmed: 95, failed: 2 }), 'passed')
    assert.equal(judged({ size: 10, confirmed: 9, failed: 0 }), 'open')
    assert.equal(judged({ size: 10, confirmed: 10, failed: 0 }), 'passed')
  })

  it('stops the campaign as soon as more than the allowed part has failed', () => {
    assert.equal(judged({ size: 100, confirmed: 0, failed: 2 }), 'open')
    assert.equal(judged({ size: 100, confirmed: 0, failed: 3 }), 'failures')
    assert.equal(judged({ size: 100, confirmed: 95, failed: 3 }), 'failures')
    assert.equal(judged({ size: 10, confirmed: 9, failed: 1 }), 'failures')
  })

  it('can allow no failure, and all of them', () => {
    const strict = { ...gate, failedAtMostPercent: 0 }
    assert.equal(judged({ size: 1000, confirmed: 0, failed: 0 }, 0, strict), 'open')
    assert.equal(judged({ size: 1000, confirmed: 999, failed: 1 }, 0, strict), 'failures')
    assert.equal(
      judged({ size: 2, confirmed: 0, failed: 2 }, 0, { ...gate, failedAtMostPercent: 100 }),
      'open',
    )
  })

  it('is too late when its time is over, unless it was passed by then', () => {
    assert.equal(judged({ size: 100, confirmed: 94, failed: 0 }, 3599.999), 'open')
    assert.equal(judged({ size: 100, confirmed: 94, failed: 0 }, 3600), 'late')
    assert.equal(judged({ size: 100, confirmed: 95, failed: 0 }, 3601), 'passed')
    assert.equal(judged({ size: 100, confirmed: 95, failed: 3 }, 3601), 'failures')
  })

  it('of a phase without devices is passed', () => {
    assert.equal(judged({ size: 0, confirmed: 0, failed: 0 }), 'passed')
  })

  it('compares percentages with decimals exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 20_000 }), (share, size) => {
        const by = { confirmedPercent: share / 100, failedAtMostPercent: share / 100, withinSeconds: 60 }
        // The fewest devices that are the share, in whole numbers.
        const enough = Number((BigInt(share) * BigInt(size) + 9_999n) / 10_000n)
        assert.equal(judged({ size, confirmed: enough, failed: 0 }, 0, by), 'passed')
        assert.equal(judged({ size, confirmed: enough - 1, failed: 0 }, 0, by), 'open')
        const most = Number((BigInt(share) * BigInt(size)) / 10_000n)
        assert.equal(judged({ size, confirmed: 0, failed: most }, 0, by), 'open')
        assert.equal(judged({ size, confirmed: 0, failed: most + 1 }, 0, by), 'failures')
      }),
    )
  })
})
