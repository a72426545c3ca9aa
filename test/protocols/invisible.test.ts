import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { escaped } from '../../protocols/invisible.ts'

describe('a text that people read', () => {
  for (const [name, text, shown] of [
    ['an override of the direction', 'v1\u202e2', 'v1\\u{202e}2'],
    ['an isolate', '\u2066a\u2069', '\\u{2066}a\\u{2069}'],
    ['a letter mark', 'a\u061cb', 'a\\u{61c}b'],
    ['a space without width', '1.0\u200b', '1.0\\u{200b}'],
    ['a soft hyphen', '1\u00ad0', '1\\u{ad}0'],
    ['separators of lines and paragraphs', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['a control character', 'a\u001b[2J', 'a\\u{1b}[2J'],
    ['a tag', 'a\u{e0041}', 'a\\u{e0041}'],
    ['a letter without a glyph', 'a\u3164', 'a\\u{3164}'],
    ['a variation of a letter', 'a\ufe01\u{e0100}', 'a\\u{fe01}\\u{e0100}'],
    ['a blank of Braille', 'v1\u2800', 'v1\\u{2800}'],
    ['a noncharacter', 'v1\ufffe\u{10ffff}', 'v1\\u{fffe}\\u{10ffff}'],
    ['what has no glyph yet', 'v1\u2065\u{e0fff}', 'v1\\u{2065}\\u{e0fff}'],
    ['half of a pair', 'a\ud800', 'a\\u{d800}'],
  ] as const)
    it(`has ${name} written out`, () => assert.equal(escaped(text), shown))

  it('is unchanged where all characters are visible', () => {
    for (const text of ['v1.0-rc_2 (β)', '名前', 'مرحبا', 'Ärger', '☀\ufe0f', '\u{1f681}'])
      assert.equal(escaped(text), text)
  })

  it('has no such characters left, and escaping it again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = escaped(text)
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/u)
        assert.equal(escaped(shown), shown)
      }),
    )
  })
})
