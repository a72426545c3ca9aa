import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { explainResult } from '../../../protocols/dji-remote-log/results.ts'

/** The codes of the vendor's page that have to do with remote logs. */
const codes = [
  314000, 319001, 319018, 319019, 324001, 324012, 324013, 324014, 324015, 324016, 324017, 324018, 324019,
  324021, 324030, 325001, 325003, 325004, 325005, 325006, 325007, 325008, 325009, 325010, 325011, 325012,
]
const isSentence = /^[A-Z].*\.$/

describe('a result code', () => {
  for (const code of codes) {
    it(`${code} has a name, a reason and advice of its own`, () => {
      const explanation = explainResult(code)
      assert.equal(explanation.code, code)
      assert.match(explanation.name, /^[a-z]+([A-Z][a-z]+)*$/)
      assert.notEqual(explanation.name, 'unknownResult')
      assert.match(explanation.reason, isSentence)
      assert.match(explanation.advice, isSentence)
    })
  }

  it('is in this list if it has an explanation', () => {
    const explained = Array.from({ length: 100_000 }, (_, n) => 300_000 + n).filter(
      (code) => explainResult(code).name !== 'unknownResult',
    )
    assert.deepEqual(explained, codes)
  })

  it('has a unique name', () => {
    assert.equal(new Set(codes.map((code) => explainResult(code).name)).size, codes.length)
  })

  it('is worth a retry unless the request has to change', () => {
    assert.deepEqual(
      codes.filter((code) => !explainResult(code).retryable),
      [324012, 324014, 325001],
    )
  })

  it('tells the everyday case "aircraft off" with what to do about it', () => {
    assert.match(explainResult(324_015).advice, /power it on/)
  })

  it('of success, where a dock reports a failure, says that no reason was given', () => {
    assert.equal(explainResult(0).name, 'noReasonGiven')
  })

  it('that is undocumented keeps its number', () => {
    fc.assert(
      fc.property(
        fc.integer().filter((code) => code !== 0 && !codes.includes(code)),
        (code) => {
          const { name, reason, retryable } = explainResult(code)
          assert.deepEqual([name, retryable], ['unknownResult', false])
          assert.ok(reason.includes(String(code)))
        },
      ),
    )
  })
})
