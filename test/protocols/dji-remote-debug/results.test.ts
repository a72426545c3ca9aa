import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  explainDebugResult,
  explainedCodes,
  isDebuggedAlready,
  isOutOfDebugMode,
} from '../../../protocols/dji-remote-debug/results.ts'

const readme = readFileSync(new URL('../../../protocols/dji-remote-debug/README.md', import.meta.url), 'utf8')
const isSentence = /^[A-Z].*\.$/

describe('a result code of debug mode', () => {
  for (const code of explainedCodes)
    it(`${code} has a name, a reason and advice, and its line in the README`, () => {
      const { name, reason, advice } = explainDebugResult(code)
      for (const sentence of [reason, advice]) assert.match(sentence, isSentence)
      for (const word of [String(code), `\`${name}\``]) assert.ok(readme.includes(word), word)
    })

  it('has a unique name', () => {
    const names = explainedCodes.map((code) => explainDebugResult(code).name)
    assert.equal(new Set(names).size, explainedCodes.length)
  })

  it('that any command can get keeps its meaning, an unknown one its number', () => {
    assert.equal(explainDebugResult(325_009).name, 'alreadyExporting')
    const { name, reason } = explainDebugResult(599_999)
    assert.equal(name, 'unknownResult')
    assert.ok(reason.includes('599999'))
  })

  it('says whose debug session it is, and when there is none', () => {
    assert.deepEqual(explainedCodes.filter(isDebuggedAlready), [514_145, 514_146])
    assert.deepEqual(explainedCodes.filter(isOutOfDebugMode), [514_153])
  })
})
