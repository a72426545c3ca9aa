/**
 * What a service or the network says of a fault, as a log may keep it: without credentials, signatures and
 * tokens. STS and S3 repeat what was signed when a signature does not fit, and some servers the whole
 * request. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */

export const hidden = '(removed)'

/** Longer texts are some page; no message that helps is that long. */
const longestText = 4_000

/** Words in the names of what must not be seen. */
const named =
  '(?:secret|token|passw(?:or)?d|passphrase|credential|(?:access|api|private)[_-]?key|' +
  'authorization|signature|cookie|bearer)[\\w.-]*'

/**
 * A name with its value after a sign between them: from there on everything goes, since nobody knows where
 * the value ends.
 */
const assigned = new RegExp(`(${named})["'\`)\\]]*\\s*(?:[:=]|%3[ad])`, 'i')

/** `token is "abc"`, `password hunter2`: a value in quotes, or one that is no plain word. */
const spoken = new RegExp(
  `(${named}(?:\\s+(?:is|was|of|value|id))*\\s+)(["'\`][^"'\`]*["'\`]?|(?=\\S*[\\d/+_=-])[^\\s:,.]{6,})`,
  'gi',
)

/** What a presigned link gives away is in its query; a user and a password stand before the host. */
const links = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s"'<>]*@)?([^\s?#"'<>]*)([?#][^\s"'<>]*)?/gi

/**
 * Access key ids of AWS and Alibaba, JSON web tokens, and texts as long and as random as keys, signatures
 * and tokens.
 */
const keyLike =
  /\b(?:ASIA|AKIA|STS\.|LTAI)[A-Za-z0-9.]{8,}|\beyJ[\w-]+(?:\.[\w-]+)*|(?:[A-Za-z0-9/=_-]|\+|%2[bf]|%3d){40,}/gi

/**
 * Amazon's names of resources and of a service's rights, which is often what the message is about. Long
 * ones look random.
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
