/**
 * Removes credentials, signatures and tokens from error messages before they are logged. If a signature does
 * not match, STS and S3 repeat what was signed, and some servers the whole request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */

export const hidden = '(removed)'

/** The most characters that are read: no useful message is longer. */
const longestText = 4_000

/** Names of values that must not be logged. */
const named =
  '(?:secret|token|passw(?:or)?d|passphrase|credential|(?:access|api|private)[_-]?key|' +
  'authorization|signature|cookie|bearer)[\\w.-]*'

/**
 * A name and its value with `:` or `=` between them. Everything after it is removed: the value's end is
 * unknown.
 */
const assigned = new RegExp(`(${named})["'\`)\\]]*\\s*(?:[:=]|%3[ad])`, 'i')

/** `token is "abc"`, `password hunter2`: a value in quotes, or one that is not a plain word. */
const spoken = new RegExp(
  `(${named}(?:\\s+(?:is|was|of|value|id))*\\s+)(["'\`][^"'\`]*["'\`]?|(?=\\S*[\\d/+_=-])[^\\s:,.]{6,})`,
  'gi',
)

/** URLs: a presigned one has its secret in the query, others a user and password before the host. */
const links = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s"'<>]*@)?([^\s?#"'<>]*)([?#][^\s"'<>]*)?/gi

/**
 * Access key ids of AWS and Alibaba, JSON web tokens, and texts that are as long as keys, signatures and
 * tokens.
 */
const keyLike =
  /\b(?:ASIA|AKIA|STS\.|LTAI)[A-Za-z0-9.]{8,}|\beyJ[\w-]+(?:\.[\w-]+)*|(?:[A-Za-z0-9/=_-]|\+|%2[bf]|%3d){40,}/gi

/**
 * ARNs and names of permissions, which are often what the message is about. They are kept although long ones
 * look like keys.
 */
const kept = /(\barn:[\w-]*:[\w-]*:[\w-]*:\d*:[\w:/.+=,@*$-]+|\bsecretsmanager:[A-Z]\w+)/

export const hideSecrets = (text: string): string => {
  const withoutQueries = text
    .slice(0, longestText)
    .replace(links, (_, scheme: string, place: string, query?: string) =>
      query ? `${scheme}${place}?${hidden}` : `${scheme}${place}`,
    )
  let shown = ''
  for (const [n, part] of withoutQueries.split(kept).entries()) {
    const begin = n % 2 === 1 ? undefined : assigned.exec(part)
    const known = begin ? part.slice(0, begin.index) + begin[1] : part
    shown += n % 2 === 1 ? part : known.replace(spoken, `$1${hidden}`).replace(keyLike, hidden)
    if (begin) return `${shown} ${hidden}`
  }
  return shown
}
