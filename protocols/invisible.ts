/**
 * Characters that are invisible, or that change the order of others: with them a text looks like another one
 * (CVE-2021-42574, https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). Besides Unicode's
 * classes these are characters without a glyph: letters and marks, the blank of Braille, noncharacters, and
 * code points reserved for more of the kind,
 * https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point.
 */

/** For use inside a character class of a pattern with the flag `u`. */
export const invisible = [
  String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}`,
  String.raw`\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufff0-\ufff8`,
  String.raw`\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}`,
].join('')

/** A variation selector is legitimate after a pictogram, which it turns into an emoji. */
const hidden = new RegExp(`[${invisible}]|(?<!\\p{Extended_Pictographic})\\p{Variation_Selector}`, 'gu')

const writtenOut = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`

/** The text with invisible characters escaped, such as `\u{202e}`. */
export const escaped = (text: string): string => text.replace(hidden, writtenOut)
