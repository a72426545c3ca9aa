/**
 * Finds what could be a secret in a device's message. It hides too much rather than too little: messages are
 * shown only to explain why they were not understood.
 */
import { invisible } from '../../protocols/invisible.ts'

export const hidden = '(removed)'

/** Parts of words, as in `wifiPsk` and `api_key`, also in Chinese, which devices of these vendors use. */
const stems = new RegExp(
  [
    'secret|token|pass|pwd|psk|key|auth|cred|cookie|session|bearer|sign(?:ature|ed)|jwt|licen[cs]e|private',
    'certificate|(?:bind|binding|pair|pairing|verify|verification|activation|access)code',
    'kennwort|contrase[nñ]a|senha|парол|パスワード|비밀번호',
    '密码|密碼|口令|密钥|密鑰|秘钥|令牌|凭证|凭据|授权|授權|验证码|驗證碼',
  ].join('|'),
)

/** Words that are too short to be searched for within others. */
const words =
  /(?<!\p{L})(?:pin|puk|sid|sk|ak|pw|otp|totp|sig|hmac|wpa|wep|sas|salt|seed|basic|login|cvv)(?!\p{L})/u

/** The deepest escaping that is undone: a message that is escaped more often is hidden. */
const maxEscapes = 4

/** Whether a name or a text mentions a secret, however it is written. */
export const namesSecret = (text: string): boolean => {
  const plain = unescaped(text)
  if (plain === undefined) return true
  const seen = visible(plain.normalize('NFKC'))
  // Also finds `p-w-d`, and text in UTF-16.
  if (stems.test(seen.toLowerCase().replaceAll(/[^\p{L}]/gu, ''))) return true
  return words.test(seen.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase())
}

/** White space becomes blanks, so that lines stay apart. */
const visible = (text: string): string => text.replaceAll(/\s/g, ' ').replaceAll(unseen, '')
const unseen = new RegExp(`[${invisible}\\p{Variation_Selector}]`, 'gu')

/** Escapes of JSON, URLs and XML. */
const escapes = new RegExp(
  [
    String.raw`\\{1,9}u(?:([0-9a-f]{4})|\{([0-9a-f]{1,6})\})|\\{1,9}x([0-9a-f]{2})`,
    '%([0-9a-f]{2})',
    String.raw`&#x([0-9a-f]{1,6});?|&#(\d{1,7});?`,
  ].join('|'),
  'gi',
)

/** Undoes escapes of printable ASCII; undefined if they are nested too deeply. */
const unescaped = (text: string): string | undefined => {
  let plain = text
  for (let round = 0; round < maxEscapes; round++) {
    const next = plain.replaceAll(escapes, (whole: string, ...found: (string | undefined)[]) => {
      const hex = found.slice(0, 5).find((digits) => digits !== undefined)
      const code = hex === undefined ? Number(found[5]) : Number.parseInt(hex, 16)
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : whole
    })
    if (next === plain) return plain
    plain = next
  }
  return undefined
}

/**
 * Hides what has the form of a secret: key ids of AWS and Alibaba, JSON Web Tokens, what follows the scheme
 * of a URL, a name before an `@`, bytes in pairs of digits, and texts as long and random as keys.
 */
export const withoutRandom = (text: string): string => {
  const shown = replaced(text)
  const seen = visible(unescaped(text) ?? text)
  // Invisible or escaped characters must not divide a key.
  return shown === text && replaced(seen) !== seen ? hidden : shown
}

const replaced = (text: string): string =>
  text.replaceAll(forms, hidden).replaceAll(runs, (run) => (isHarmless(run) ? run : hidden))

const forms = new RegExp(
  [
    String.raw`\b(?:ASIA|AKIA|STS\.|LTAI)[A-Za-z0-9.]{8,}`,
    String.raw`\beyJ[\w-]+(?:\.[\w-]+)*`,
    String.raw`(?<=:\/\/)[^\s"'<>]+`,
    String.raw`(?<![^\s"'<>@])[^\s"'<>@]+@(?=[\w.[-])`,
    String.raw`\b[0-9A-Fa-f]{2}(?:[:\s,-]{1,2}[0-9A-Fa-f]{2}){7,}\b`,
  ].join('|'),
  'g',
)

/** Longer than a serial number, which has at most 20 characters. */
const runs = /[A-Za-z0-9+/=_~-]{21,}/g

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Ids of messages and processes, and ordinary words: few capitals, no digits. */
const isHarmless = (run: string): boolean => {
  if (uuid.test(run)) return true
  const capitals = run.replaceAll(/[^A-Z]/g, '').length
  return run.length < 40 && /^[A-Za-z_-]+$/.test(run) && capitals * 3 <= run.length
}
