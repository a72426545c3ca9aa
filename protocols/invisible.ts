/**
 * Characters that are not seen, or that change the order in which others are: with them a text reads as
 * another than it is (CVE-2021-42574, https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
 * Besides Unicode's classes these are what has no glyph, now or ever: letters and marks, the blank of Braille,
 * noncharacters, and places that are kept for more of the kind,
 * https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point.
 */

/** For use within brackets of a pattern with the flag `u`. */
export const invisible = [
  String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}`,
  String.raw`\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufff0-\ufff8`,
  String.raw`\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}`,
].join('')

/** A variation selector is in place after a pictogram, which it makes an emoji. */
const hidden = new RegExp(`[${invisible}]|(?<!\\p{Extended_Pictographic})\\p{Variation_Selector}`, 'gu')

const writtenOut = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`

/** The text with what is not seen written out, such as `\u{202e}`. */
export const escaped = (text: string): string => text.replace(hidden, writtenOut)
