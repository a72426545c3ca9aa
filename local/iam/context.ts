/**
 * What a request looks like to a policy: facts under the names that `Condition` blocks and policy variables
 * use.
 *
 * `authorize` adds everything that follows from the caller's session and the clock. A server adds the facts
 * that only it knows about the request, named below. A key that does not apply is left out, never set to an
 * empty string: an absent key makes a positive condition fail and `Null: true` hold.
 *
 * Names are case-insensitive, as on AWS; values are strings as AWS writes them (`"true"`, ISO 8601 times).
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>

const supplied = new Set(
  [
    // Supplied by `authorize`, for every request.
    'aws:SecureTransport',
    // Supplied by STS, for a role being assumed.
    'aws:TagKeys',
    // Supplied by the object store, for a header of a request about an object.
    's3:x-amz-storage-class',
    's3:x-amz-server-side-encryption-customer-algorithm',
    // Supplied by a service that calls a resource on behalf of another resource (a rule that sends to a
    // queue).
    'aws:SourceArn',
    'aws:SourceAccount',
  ].map((name) => name.toLowerCase()),
)

const suppliedFamilies = ['aws:principaltag/', 'aws:requesttag/']

/**
 * Whether a policy may use this key. A key that is never supplied would silently count as absent, which
 * widens some policies and narrows others, so `parsePolicy` refuses it by name.
 */
export const isSuppliedKey = (name: string): boolean => {
  const key = name.toLowerCase()
  return (
    supplied.has(key) ||
    suppliedFamilies.some((family) => key.startsWith(family) && key.length > family.length)
  )
}

/** The values under `name`; undefined if the request does not have the key. */
export const valuesOf = (context: RequestContext, name: string): readonly string[] | undefined => {
  const key = name.toLowerCase()
  const found = Object.entries(context).find(([candidate]) => candidate.toLowerCase() === key)
  if (found === undefined) return undefined
  return typeof found[1] === 'string' ? [found[1]] : found[1]
}
