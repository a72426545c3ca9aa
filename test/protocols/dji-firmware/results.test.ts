import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { explainFirmwareResult, isUpgradingAlready } from '../../../protocols/dji-firmware/results.ts'

const readme = readFileSync(new URL('../../../protocols/dji-firmware/README.md', import.meta.url), 'utf8')

/** The vendor's, by what has to happen before the same upgrade can succeed. */
const codes = {
  retry: [312002, 312003, 312004, 312013, 312018, 312019, 312020, 312021, 312024, 312025, 312026],
  wait: [312015, 312027, 312028, 312029, 312704, 314000, 514145, 514146, 514148, 514150, 514170],
  attend: [312016, 312022, 312023, 312030, 514149],
  watch: [312014, 319038, 514147, 514151],
  package: [312017],
  request: [312001, 312010, 312012, 316034],
} as const
const all = Object.values(codes).flat()
const isSentence = /^[A-Z].*\.$/

describe('a result code of an upgrade', () => {
  for (const [kind, ofKind] of Object.entries(codes))
    for (const code of ofKind)
      it(`${code} has a name, a reason and advice of its own`, () => {
        const explanation = explainFirmwareResult(code)
        assert.deepEqual([explanation.code, explanation.class], [code, kind])
        assert.match(explanation.name, /^[a-z]+([A-Z][a-z]+)*$/)
        assert.match(explanation.reason, isSentence)
        assert.match(explanation.advice, isSentence)
        assert.equal(explanation.retryable, !['package', 'request'].includes(kind))
        assert.equal(isUpgradingAlready(code), kind === 'watch')
      })

  it('has a unique name', () => {
    assert.equal(new Set(all.map((code) => explainFirmwareResult(code).name)).size, all.length)
  })

  it('has its line in the README', () => {
    const ranges = [...readme.matchAll(/(\d{6}) to (\d{6})/g)]
    const isIn = (code: number) =>
      readme.includes(String(code)) ||
      ranges.some(([, from, to]) => code >= Number(from) && code <= Number(to))
    assert.deepEqual(
      all.filter((code) => !isIn(code)),
      [],
    )
  })

  it('that any command can get keeps its meaning', () => {
    assert.deepEqual(explainFirmwareResult(325_009).class, 'wait')
    assert.deepEqual(explainFirmwareResult(325_009).name, 'alreadyExporting')
    assert.deepEqual(explainFirmwareResult(325_001).class, 'request')
  })

  it('of success, where a dock reports a failure, says that no reason was given', () => {
    const { name, retryable } = explainFirmwareResult(0)
    assert.deepEqual([name, retryable], ['noReasonGiven', true])
  })

  it('that is undocumented keeps its number', () => {
    const unknown = fc.integer({ min: 600_000 })
    fc.assert(
      fc.property(unknown, (code) => {
        const { name, reason, retryable } = explainFirmwareResult(code)
        assert.deepEqual([name, retryable], ['unknownResult', false])
        assert.ok(reason.includes(String(code)))
      }),
    )
  })
})
