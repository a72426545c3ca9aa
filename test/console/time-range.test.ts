import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeRange } from '../../console/uploads/time-range.ts'

test('a range of days lasts from the beginning of the first to the end of the last, clock changes included', () =>
  assert.deepEqual(timeRange('2027-03-27', '2027-03-28'), {
    createdAfter: new Date(2027, 2, 27).toISOString(),
    createdBefore: new Date(2027, 2, 29).toISOString(),
  }))

test('exact times stay as they are, and what is no time limits nothing', () => {
  const exact = '2027-03-27T10:00:00.000Z'
  assert.deepEqual(timeRange(exact, exact), { createdAfter: exact, createdBefore: exact })
  assert.deepEqual(timeRange('', 'soon'), { createdAfter: undefined, createdBefore: undefined })
})
