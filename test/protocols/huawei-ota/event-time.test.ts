import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readEventTime, writeEventTime } from '../../../protocols/huawei-ota/event-time.ts'

const noon = 1_449_922_332_000

describe("a device's time", () => {
  it('is read in every form that was seen', () => {
    assert.equal(readEventTime('20151212T121212Z').eventTime, noon)
    assert.equal(readEventTime('2015-12-12T12:12:12Z').eventTime, noon)
    assert.equal(readEventTime('2015-12-12T12:12:12.5Z').eventTime, noon + 500)
    assert.equal(readEventTime('2015-12-12T12:12:12.000Z').eventTime, noon)
    assert.equal(readEventTime('20151212T121212.123456789Z').eventTime, noon + 123)
  })

  it('is what the device claims, also before its clock was set', () => {
    assert.equal(readEventTime('19700101T000000Z').eventTime, 0)
  })

  it('may be missing, null or blank', () => {
    for (const value of [undefined, null, '', 20151212, {}]) assert.deepEqual(readEventTime(value), {})
  })

  for (const text of [
    'yesterday',
    '2015-12-12 12:12:12',
    '20151212T121212',
    '20151212T121212+0800',
    '20151332T121212Z',
    '20150230T121212Z',
    '20151212T240000Z',
    '20151212T121260Z',
    '1795296368367',
  ])
    it(`that cannot be read is kept as a text: ${text}`, () => {
      assert.deepEqual(readEventTime(text), { eventTimeText: text })
    })

  it('that is too long is cut', () => {
    assert.equal(readEventTime('9'.repeat(1_000)).eventTimeText?.length, 64)
  })

  it('is written as the vendor documents it', () => {
    assert.equal(writeEventTime(noon + 999), '20151212T121212Z')
  })

  it('is read as it was written, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        assert.equal(readEventTime(writeEventTime(seconds * 1000)).eventTime, seconds * 1000)
      }),
    )
  })
})
