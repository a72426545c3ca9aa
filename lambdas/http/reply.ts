/** What a route answers: a document, or a problem (RFC 9457) with a stable `type`. */

export type HttpReply = {
  status: number
  /** `undefined`: no content. */
  body: unknown
  headers?: Record<string, string>
}

export const problemBase = 'https://groundcrew.dev/problems/'

export type InputError = { path: string; message: string }

/** Every problem that an answer can name; the last part of its `type` URI. */
export const problems = {
  'malformed-json': [400, 'The body is not JSON'],
  'invalid-request': [422, 'The request does not fit'],
  'body-too-large': [413, 'The body is too large'],
  'not-an-access-token': [401, 'The token is no access token'],
  'not-permitted': [403, 'You may not do this'],
  'too-many-fleets': [403, 'The token names too many fleets'],
  'not-found': [404, 'There is no such record'],
  'unknown-dock': [404, 'There is no such dock'],
  'unknown-dock-account': [404, 'There is no such account'],
  'dock-account-revoked': [409, 'The account has been revoked'],
  'dock-has-account': [409, 'The dock has an account already'],
  'unknown-device': [404, 'There is no such device'],
  'device-in-use': [409, 'An upgrade of the device is open'],
  'another-attempt-open': [409, 'Another upgrade of the device is open'],
  'attempt-ended': [409, 'The attempt has ended'],
  'unknown-campaign': [404, 'There is no such campaign'],
  'campaign-aborted': [409, 'The campaign has been aborted'],
  'campaign-has-devices': [409, 'Devices are in the campaign already'],
  'campaign-in-use': [409, 'The campaign has not ended'],
  'campaign-deleted': [409, 'The campaign has been deleted'],
  'campaign-watches': [409, 'The campaign drives no devices'],
  'campaign-empty': [409, 'The campaign has no devices'],
  'campaign-started': [409, 'The campaign has started'],
  'wrong-campaign-state': [409, 'The campaign is not at that'],
  'approval-by-maker': [403, 'Somebody else has to approve it'],
  'package-not-ready': [409, 'The package cannot be used'],
  'already-in-campaign': [409, 'The device has had its attempt in the campaign'],
  'unknown-package': [404, 'There is no such package'],
  'package-fixed': [409, 'The package has been proved'],
  'package-deleted': [409, 'The package has been deleted'],
  'package-in-use': [409, 'The package is in use'],
  'package-downloads-off': [409, 'Packages cannot be downloaded with a token here'],
  'package-not-uploaded': [409, 'The file of the package is not there yet'],
  'unknown-organization': [404, 'There is no such organization'],
  'unknown-binding-code': [404, 'There is no such binding code'],
  'unknown-collection': [404, 'There is no such collection'],
  'collection-disabled': [409, 'The collection is disabled'],
  'too-many-collections': [409, 'There are too many collections'],
  'unknown-webhook': [404, 'There is no such webhook'],
  'too-many-webhooks': [409, 'There are too many webhooks'],
  'webhook-ended': [409, 'The receiver has ended the webhook'],
  'dock-in-use': [409, 'Something of the dock still runs'],
  'dock-busy': [409, 'The dock is uploading already'],
  'dock-not-idle': [409, 'The dock is at something else'],
  'debug-mode-held': [409, 'Somebody else has the dock in debug mode'],
  'dock-absent': [409, 'The dock is not there'],
  'no-listing': [409, 'The logs of the dock are not known yet'],
  'upload-ended': [409, 'The upload has ended'],
  'upload-open': [409, 'The upload has not ended'],
  'nothing-to-retry': [409, 'There is nothing that another try could bring'],
  'upload-too-long': [422, 'The upload would take too long'],
  'archive-not-stored': [409, 'The archive is not in storage'],
  'archive-expired': [410, 'The archive is no longer kept'],
  'already-exists': [412, 'There is such a record already'],
  'idempotency-key-reused': [422, 'The Idempotency-Key belongs to another request'],
  'command-not-sent': [503, 'The dock could not be asked'],
  'try-again': [503, 'A service that this needs does not answer'],
  'internal-error': [500, 'Something went wrong here'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemName = keyof typeof problems

const problemType = 'application/problem+json'

/** Members of a problem besides those of RFC 9457; `http/shapes.ts` tells callers of them. */
export type ProblemMembers = {
  errors?: InputError[]
  href?: string
  hrefs?: readonly string[]
  estimatedSeconds?: number
  limitSeconds?: number
  selections?: readonly { module: string; bootIndexes: readonly number[] }[]
}

export const problem = (name: ProblemName, detail: string, more: ProblemMembers = {}): HttpReply => {
  const [status, title] = problems[name]
  return {
    status,
    body: { type: `${problemBase}${name}`, title, status, detail, ...more },
    headers: { 'content-type': problemType, 'cache-control': 'no-store' },
  }
}

/**
 * A problem with the id of its invocation, which all log lines of that request have as `requestId`.
 * Whoever reports a problem names it; whoever looks after the backend finds it.
 * https://www.rfc-editor.org/rfc/rfc9457#section-3.1.5
 */
export const withInstance = (outcome: HttpReply, invocationId: string | undefined): HttpReply =>
  invocationId && outcome.headers?.['content-type'] === problemType
    ? { ...outcome, body: Object.assign({}, outcome.body, { instance: `urn:uuid:${invocationId}` }) }
    : outcome

/** An answer that says where the record is. */
export const accepted = (body: unknown, location: string): HttpReply => ({
  status: 202,
  body,
  headers: { location },
})

/** What was asked for is so, and there is nothing to say of it. */
export const done = (): HttpReply => ({ status: 204, body: undefined })
export const ok = (body: unknown): HttpReply => ({ status: 200, body })

/** Also for a dock of another fleet: whoever may not see it need not know that it exists. */
export const unknownDock = (dockSn: string): HttpReply =>
  problem('unknown-dock', `No dock ${dockSn} is registered in a fleet of yours.`)

export const dockAbsent = (dockSn: string): HttpReply =>
  problem(
    'dock-absent',
    `The dock ${dockSn} is known to be offline. Wait until it is back, or add ?force=true to try all the same.`,
  )

/** What was to be made only where there is none (RFC 9110, section 13.1.2). */
export const exists = (href: string): HttpReply =>
  problem('already-exists', 'It stays as it is. Change it with PATCH, or PUT it without `If-None-Match`.', {
    href,
  })

/** Also for an account of another fleet. */
export const accountUnknown = (userName: string): HttpReply =>
  problem('unknown-dock-account', `No account ${userName} is known in a fleet of yours.`)

export const accountRevoked = (userName: string): HttpReply =>
  problem('dock-account-revoked', `${userName} stays revoked. Make another account for the dock.`)

export const dockHasAccount = (dockSn: string): HttpReply =>
  problem('dock-has-account', `Revoke the account of ${dockSn}, or give it another password, instead.`)

export const notFound = (what: 'listing' | 'upload', id: string): HttpReply =>
  problem('not-found', `The dock has no ${what} ${id}.`)

/** One answer for what is of another fleet, what is of nobody, and what would leave its fleet. */
export const notYoursToRegister = (what: 'dock' | 'device'): HttpReply =>
  problem(
    'not-permitted',
    `Registering a ${what}, or moving one to another fleet, needs the permission admin for all fleets. ` +
      `You may change each ${what} that is in a fleet of yours.`,
  )

/** Input that its schema allows and that yet cannot be. */
export const invalid = (errors: InputError[]): HttpReply =>
  problem('invalid-request', 'See `errors` for what to change.', { errors })

export const repeatedKey = (): HttpReply =>
  problem('idempotency-key-reused', 'Use a new Idempotency-Key for a new request.')

/** The same for devices. */
export const unknownDevice = (deviceId: string): HttpReply =>
  problem('unknown-device', `No device ${deviceId} is known in a fleet of yours.`)

/** The same for packages. */
export const unknownPackage = (id: string): HttpReply =>
  problem('unknown-package', `No package ${id} is known for a fleet of yours.`)

/** The same for campaigns. */
export const unknownCampaign = (id: string): HttpReply =>
  problem('unknown-campaign', `No campaign ${id} is known in a fleet of yours.`)

/** The same for collections. */
export const unknownCollection = (id: string): HttpReply =>
  problem('unknown-collection', `No collection ${id} is known in a fleet of yours.`)

export const campaignHasBegun = (): HttpReply =>
  problem('campaign-has-devices', 'It has begun: its settings stand. Make another campaign.')

/** As with packages. */
export const campaignDeleted = (): HttpReply =>
  problem('campaign-deleted', 'Its id stays taken for a while. Make another campaign.')

/** Another wrote the record between its reading and this write. */
export const overtaken = (what: 'campaign' | 'package'): HttpReply =>
  problem('try-again', `The ${what} was changed in this very moment.`)

export const campaignAborted = (): HttpReply =>
  problem('campaign-aborted', 'It lets no more devices in. Make another campaign for those that are left.')

/** The same for webhooks, and for those that are for more fleets than the caller's. */
export const unknownWebhook = (id: string): HttpReply =>
  problem('unknown-webhook', `No webhook ${id} is known for fleets of yours.`)
