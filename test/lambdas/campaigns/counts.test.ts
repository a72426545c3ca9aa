import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countsOf, isReached, summaryOf } from '../../../lambdas/campaigns/counts.ts'

describe('the threshold of a campaign', () => {
  const reached = (failedPercent: number, minimumFinished: number, states: Record<string, number>) =>
    isReached({ failedPercent, minimumFinished }, { states })

  it('is reached when at least that part of the finished devices has failed', () => {
    assert.equal(reached(20, 10, { succeeded: 8, failed: 2 }), true)
    assert.equal(reached(20, 10, { succeeded: 9, failed: 1 }), false)
    assert.equal(reached(33.4, 3, { succeeded: 2, failed: 1 }), false)
    assert.equal(reached(33.3, 3, { succeeded: 2, failed: 1 }), true)
  })

  it('counts silence as failure', () => {
    assert.equal(reached(20, 10, { succeeded: 8, failed: 1, timedOut: 1 }), true)
  })

  it('counts a roll-back as failure', () => {
    assert.equal(reached(20, 10, { succeeded: 8, rolledBack: 2 }), true)
  })

  it('is not looked at before so many have finished', () => {
    assert.equal(reached(20, 10, { failed: 9, pending: 1000 }), false)
    assert.equal(reached(20, 10, { failed: 10, pending: 1000 }), true)
    assert.equal(reached(1, 1, {}), false)
  })

  it('ignores devices that an operator closed', () => {
    assert.equal(reached(50, 10, { succeeded: 4, failed: 5, closed: 100 }), false)
    assert.equal(reached(50, 10, { succeeded: 5, failed: 5, closed: 100 }), true)
  })

  it('can be every device', () => {
    assert.equal(reached(100, 1, { failed: 3 }), true)
    assert.equal(reached(100, 1, { failed: 3, succeeded: 1 }), false)
  })
})

describe('the counts of a campaign', () => {
  const entry = (state: string, more: object = {}) => ({ state, ...more })

  it('are by state, by evidence, by version and by reason', () => {
    const entries = [
      entry('upgrading', { version: '1.0' }),
      entry('upgrading', { evidence: 'matched', version: '2.0' }),
      entry('succeeded', { evidence: 'matched', version: '2.0' }),
      entry('succeeded', { evidence: 'confirmed', version: '2.0' }),
      entry('failed', { version: '1.0', reason: 'lowBattery' }),
      entry('pending'),
    ]
    assert.deepEqual(countsOf(entries), {
      states: { upgrading: 2, succeeded: 2, failed: 1, pending: 1 },
      evidence: { proving: 1, matched: 1, confirmed: 1 },
      versions: { '1.0': 2, '2.0': 3 },
      reasons: { lowBattery: 1 },
    })
  })

  it('count versions that are named like an object’s own properties', () => {
    const { versions } = countsOf([entry('pending', { version: '__proto__' })])
    assert.deepEqual(Object.entries(versions), [['__proto__', 1]])
  })

  it('name the hundred most frequent versions, and silence as a failure', () => {
    const entries = Array.from({ length: 150 }, (_, n) => entry('timedOut', { version: `v${n}` }))
    const summary = summaryOf(countsOf([...entries, entry('pending', { version: 'v149' })]))
    assert.deepEqual(
      [summary.versions.length, summary.otherVersions, summary.versions[0]?.devices],
      [100, 50, 2],
    )
    assert.deepEqual(summary.failures, [{ reason: 'silent', devices: 150 }])
  })
})
