import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { roomFor } from '../../../../lambdas/campaigns/rules/pace.ts'

describe('the room of a campaign', () => {
  it('is what the phase allows, and no more than the minute’s rest', () => {
    assert.equal(roomFor({ together: 10, open: 4, releasedInThisMinute: 100 }), 6)
    assert.equal(roomFor({ together: 10, open: 4, perMinute: 5, releasedInThisMinute: 2 }), 3)
    assert.equal(roomFor({ together: 10, open: 8, perMinute: 5, releasedInThisMinute: 0 }), 2)
  })

  it('is none if more is open or released than the settings allow, which may have changed', () => {
    const count = fc.nat({ max: 100 })
    fc.assert(
      fc.property(count, count, count, count, (together, open, perMinute, releasedInThisMinute) => {
        const room = roomFor({ together, open, perMinute, releasedInThisMinute })
        assert.ok(room >= 0)
        assert.ok(room === 0 || (open + room <= together && releasedInThisMinute + room <= perMinute))
      }),
    )
  })
})
