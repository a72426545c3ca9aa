import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextPollMs, noteAnswer } from '../../console/api/pace.ts'

const minuteMs = 60_000

/**
 * Asks at the pace that is advised, for a minute, and answers the bytes of all bodies; `changes` says whether
 * a record has changed.
 */
const bytesInAMinute = (url: string, size: number, changes: (n: number) => boolean): number => {
  let bytes = 0
  let etag = 0
  for (let at = 0, n = 0; at < minuteMs; at += nextPollMs(url), n++) {
    const changed = n === 0 || changes(n)
    if (changed) etag += 1
    // What did not change comes without a body.
    if (changed) bytes += size
    noteAnswer(url, `"${etag}"`, size)
  }
  return bytes
}

let addresses = 0
const newAddress = (): string => `/v1/docks/${addresses++}`

test('what moves costs less than 30 kB a minute, however large it is and however it changes', () => {
  const size = fc.integer({ min: 200, max: 25_000 })
  fc.assert(
    fc.property(size, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (bytes, changes) => {
      const total = bytesInAMinute(newAddress(), bytes, (n) => changes[n % 30] ?? true)
      // Besides the first reading, which is no polling. Records of uploads have a kilobyte or two.
      assert.ok(total - bytes <= 24_000, `${bytes}: ${total}`)
      if (bytes <= 6000) assert.ok(total <= 30_000, `${bytes}: ${total}`)
    }),
  )
})

test('a small record that changes is asked for every two seconds', () => {
  const url = newAddress()
  for (const etag of ['"1"', '"2"', '"3"']) {
    noteAnswer(url, etag, 700)
    assert.equal(nextPollMs(url), 2000)
  }
})

test('what does not change is asked for less and less often, and soon again when it does', () => {
  const url = newAddress()
  const waits = Array.from({ length: 8 }, () => {
    noteAnswer(url, '"1"', 700)
    return nextPollMs(url)
  })
  assert.deepEqual(waits, [2000, 3000, 4500, 6750, 10_125, 15_000, 15_000, 15_000])
  noteAnswer(url, '"2"', 700)
  assert.equal(nextPollMs(url), 2000)
})
