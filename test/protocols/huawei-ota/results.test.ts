import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { explainOtaResult } from '../../../protocols/huawei-ota/results.ts'

/** The vendor's list. */
const names = {
  0: 'success',
  1: 'deviceInUse',
  2: 'poorSignal',
  3: 'alreadyLatest',
  4: 'lowBattery',
  5: 'storageFull',
  6: 'downloadTimedOut',
  7: 'verificationFailed',
  8: 'packageUnsupported',
  9: 'memoryFull',
  10: 'installFailed',
  255: 'internalError',
}
const codes = Object.keys(names).map(Number)
const isSentence = /^[A-Z].*\.$/

describe('a result code', () => {
  for (const [code, name] of Object.entries(names)) {
    it(`${code} is ${name}, with a reason and advice`, () => {
      const explanation = explainOtaResult(Number(code))
      assert.equal(explanation.code, Number(code))
      assert.equal(explanation.name, name)
      assert.match(explanation.reason, isSentence)
      assert.match(explanation.advice, isSentence)
    })
  }

  it('is worth a retry where the device only has to be prepared, or the download repeated', () => {
    assert.deepEqual(
      codes.filter((code) => explainOtaResult(code).retryable),
      [1, 2, 4, 5, 6, 9],
    )
  })

  it('that is undocumented keeps its number, whatever the number', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger().filter((code) => !codes.includes(code)),
        (code) => {
          const { name, reason, advice, retryable, ...rest } = explainOtaResult(code)
          assert.deepEqual(rest, { code })
          assert.deepEqual([name, retryable], ['unknownResult', false])
          assert.ok(reason.includes(String(code)))
          assert.match(advice, isSentence)
        },
      ),
    )
  })

  it('127, which belongs to the LwM2M variant, is not in the list', () => {
    assert.equal(explainOtaResult(127).name, 'unknownResult')
  })
})
