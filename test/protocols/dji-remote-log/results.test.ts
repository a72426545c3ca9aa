import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { explainLogResult } from '../../../protocols/dji-remote-log/results.ts'

/** The vendor's that may answer a command about logs, by what has to happen before the same one can succeed. */
const classes = {
  retry: [324013, 324017, 324018, 324019, 324030, 325003, 325004],
  wait: [
    314000, 319001, 319018, 319019, 324001, 324021, 325005, 325006, 325007, 325008, 325009, 325010, 325011,
  ],
  attend: [324015, 324016, 325012],
  request: [324012, 324014, 325001],
}
const codes = Object.values(classes).flat().sort()
const isSentence = /^[A-Z].*\.$/

describe('a result code', () => {
  for (const [kind, ofKind] of Object.entries(classes))
    for (const code of ofKind)
      it(`${code} has a class, a reason and advice`, () => {
        const explanation = explainLogResult(code)
        assert.deepEqual([explanation.code, explanation.class], [code, kind])
        assert.match(explanation.name, /^[a-z]+([A-Z][a-z]+)*$/)
        assert.notEqual(explanation.name, 'unknownResult')
        assert.match(explanation.reason, isSentence)
        assert.match(explanation.advice, isSentence)
      })

  it('is in this list if it has an explanation', () => {
    const explained = Array.from({ length: 100_000 }, (_, n) => 300_000 + n).filter(
      (code) => explainLogResult(code).name !== 'unknownResult',
    )
    assert.deepEqual(explained, codes)
  })

  it('has a unique name', () => {
    assert.equal(new Set(codes.map((code) => explainLogResult(code).name)).size, codes.length)
  })

  it('is retryable unless the request has to change', () => {
    assert.deepEqual(
      codes.filter((code) => !explainLogResult(code).retryable),
      [324012, 324014, 325001],
    )
  })

  it('tells the everyday case "aircraft off" with what to do about it', () => {
    assert.match(explainLogResult(324_015).advice, /power it on/)
  })

  it('of success, where a dock reports a failure, says that no reason was given', () => {
    assert.equal(explainLogResult(0).name, 'noReasonGiven')
  })

  it('that is undocumented keeps its number', () => {
    fc.assert(
      fc.property(
        fc.integer().filter((code) => code !== 0 && !codes.includes(code)),
        (code) => {
          const { name, reason, retryable } = explainLogResult(code)
          assert.deepEqual([name, retryable], ['unknownResult', false])
          assert.ok(reason.includes(String(code)))
        },
      ),
    )
  })
})
