import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addUp, isReached } from '../../../lambdas/store/campaign-counts.ts'

describe('the threshold of a campaign', () => {
  const reached = (
    failedPercent: number,
    minimumFinished: number,
    states: { succeeded?: number; failed?: number; timedOut?: number; closed?: number; pending?: number },
  ) => isReached({ failedPercent, minimumFinished }, { states, versions: {}, reasons: {} })

  it('is reached when at least that part of the finished devices has failed', () => {
    assert.equal(reached(20, 10, { succeeded: 8, failed: 2 }), true)
    assert.equal(reached(20, 10, { succeeded: 9, failed: 1 }), false)
    assert.equal(reached(33.4, 3, { succeeded: 2, failed: 1 }), false)
    assert.equal(reached(33.3, 3, { succeeded: 2, failed: 1 }), true)
  })

  it('counts silence as failure', () => {
    assert.equal(reached(20, 10, { succeeded: 8, failed: 1, timedOut: 1 }), true)
  })

  it('is not looked at before so many have finished', () => {
    assert.equal(reached(20, 10, { failed: 9, pending: 1000 }), false)
    assert.equal(reached(20, 10, { failed: 10, pending: 1000 }), true)
    assert.equal(reached(1, 1, {}), false)
  })

  it('takes no account of devices that an operator closed', () => {
    assert.equal(reached(50, 10, { succeeded: 4, failed: 5, closed: 100 }), false)
    assert.equal(reached(50, 10, { succeeded: 5, failed: 5, closed: 100 }), true)
  })

  it('can be every device', () => {
    assert.equal(reached(100, 1, { failed: 3 }), true)
    assert.equal(reached(100, 1, { failed: 3, succeeded: 1 }), false)
  })
})

describe('the sum of the counts', () => {
  it('is taken over all shards, each group apart, without what nobody is in', () => {
    const shards = [
      { pk: 'CAMPAIGN#a', sk: 'COUNTS#00', 'state failed': 2, 'version 1.0': 3, 'reason lowBattery': 2 },
      { pk: 'CAMPAIGN#a', sk: 'COUNTS#01', 'state failed': 1, 'version 1.0': -1, fenced: true },
      { pk: 'CAMPAIGN#a', sk: 'COUNTS#02', 'state pending': 0, 'version my own 2': 1 },
    ]
    assert.deepEqual(addUp(shards), {
      states: { failed: 3 },
      versions: { '1.0': 2, 'my own 2': 1 },
      reasons: { lowBattery: 2 },
    })
  })

  it('knows versions that are named like what every object has', () => {
    const { versions } = addUp([{ 'version __proto__': 1, 'version constructor': 2 }])
    assert.deepEqual(Object.entries(versions), [
      ['__proto__', 1],
      ['constructor', 2],
    ])
  })
})
