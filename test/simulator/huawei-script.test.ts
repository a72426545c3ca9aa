import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseScript } from '../../simulator/huawei/script.ts'

describe('a script on the command line', () => {
  it('joins an SDK and happenings', () =>
    assert.deepEqual(parseScript(['java', 'failure:6', 'duplicates']), {
      sdk: 'java',
      failure: 6,
      duplicates: true,
    }))

  it('fails with the verification unless told otherwise', () =>
    assert.deepEqual(parseScript(['failure']), { failure: 7 }))

  it('has limits, and failures that befall some', () =>
    assert.deepEqual(parseScript(['slow:1000', 'late:0', 'space:5', 'failure:4:30', 'gone']), {
      slow: 1000,
      late: 0,
      space: 5,
      failure: 4,
      failurePercent: 30,
      gone: true,
    }))

  const wrong: [string[], RegExp][] = [
    [
      ['javva'],
      /script "javva": there is no such script\. Scripts are documented, java,.*failure:CODE.*numbersAsStrings/,
    ],
    [['failure:x'], /a whole number is expected/],
    [['java:1'], /no value is expected/],
    [['failure:1:0'], /a share of 1 to 100 percent is expected/],
    [['failure:1:101'], /a share of 1 to 100 percent is expected/],
    [['failure:1:2:3'], /no value is expected/],
    [['slow'], /a whole number is expected/],
    [['slow:0'], /at least 1 is expected/],
    [['late:2147484'], /at most 24 days are possible/],
    [['slow:1:2'], /no value is expected/],
    [['gone:1'], /no value is expected/],
    [['java', 'c'], /two SDKs in one script: java, c/],
    [['failure:1', 'failure:2'], /two failures/],
  ]
  for (const [texts, message] of wrong) {
    it(`is refused: ${texts.join(' ')}`, () => {
      assert.throws(() => parseScript(texts), { name: 'TypeError', message })
    })
  }
})
