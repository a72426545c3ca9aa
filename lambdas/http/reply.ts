/** HTTP replies: a JSON document, or a problem (RFC 9457) with a stable `type`. */

export type HttpReply = {
  status: number
  /** `undefined`: no content. */
  body: unknown
  headers?: Record<string, string>
}

export const problemBase = 'https://groundcrew.dev/problems/'

export type InputError = { path: string; message: string }

/** All problems by name, with status and title. The name is the last part of the `type` URI. */
export const problems = {
  'malformed-json': [400, 'The body is not JSON'],
  'invalid-request': [422, 'The request is invalid'],
  'body-too-large': [413, 'The body is too large'],
  'not-an-access-token': [401, 'The token is not an access token'],
  'not-permitted': [403, 'You may not do this'],
  'too-many-fleets': [403, 'The token names too many fleets'],
  'not-found': [404, 'There is no such record'],
  'unknown-dock': [404, 'There is no such dock'],
  'unknown-dock-account': [404, 'There is no such account'],
  'dock-account-revoked': [409, 'The account has been revoked'],
  'dock-has-account': [409, 'The dock already has an account'],
  'unknown-device': [404, 'There is no such device'],
  'device-in-use': [409, 'An upgrade of the device is open'],
  'another-attempt-open': [409, 'Another upgrade of the device is open'],
  'attempt-ended': [409, 'The attempt has ended'],
  'unknown-campaign': [404, 'There is no such campaign'],
  'campaign-aborted': [409, 'The campaign has been aborted'],
  'campaign-has-devices': [409, 'The campaign already has devices'],
  'campaign-in-use': [409, 'The campaign has not ended'],
  'campaign-deleted': [409, 'The campaign has been deleted'],
  'campaign-watches': [409, 'The campaign drives no devices'],
  'campaign-empty': [409, 'The campaign has no devices'],
  'campaign-started': [409, 'The campaign has started'],
  'wrong-campaign-state': [409, 'The state of the campaign does not allow this'],
  'approval-by-maker': [403, 'Somebody else has to approve it'],
  'package-not-ready': [409, 'The package cannot be used'],
  'already-in-campaign': [409, 'The device has already had its attempt in the campaign'],
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
  'dock-in-use': [409, 'The dock still has work in progress'],
  'dock-busy': [409, 'The dock is uploading already'],
  'dock-not-idle': [409, 'The dock is busy with something else'],
  'debug-mode-held': [409, 'Somebody else has the dock in debug mode'],
  'dock-absent': [409, 'The dock is offline'],
  'no-listing': [409, 'The logs of the dock are not known yet'],
  'upload-ended': [409, 'The upload has ended'],
  'upload-open': [409, 'The upload has not ended'],
  'nothing-to-retry': [409, 'There is nothing to retry'],
  'upload-too-long': [422, 'The upload would take too long'],
  'archive-not-stored': [409, 'The archive is not in storage'],
  'archive-expired': [410, 'The archive is no longer kept'],
  'already-exists': [412, 'The record already exists'],
  'idempotency-key-reused': [422, 'The Idempotency-Key belongs to another request'],
  'command-not-sent': [503, 'The command could not be sent'],
  'try-again': [503, 'A service that is needed does not respond'],
  'internal-error': [500, 'Something went wrong here'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemName = keyof typeof problems

const problemType = 'application/problem+json'

/** Members of a problem besides those of RFC 9457; documented as `Problem` in `http/shapes.ts`. */
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
 * Adds the id of the invocation to a problem. All log lines of the request have it as `requestId`, so that an
 * operator can find the logs of a reported problem.
 * https://www.rfc-editor.org/rfc/rfc9457#section-3.1.5
 */
export const withInstance = (outcome: HttpReply, invocationId: string | undefined): HttpReply =>
  invocationId && outcome.headers?.['content-type'] === problemType
    ? { ...outcome, body: Object.assign({}, outcome.body, { instance: `urn:uuid:${invocationId}` }) }
    : outcome

/** 202 with the location of the record. */
export const accepted = (body: unknown, location: string): HttpReply => ({
  status: 202,
  body,
  headers: { location },
})

/** 204: done, without content. */
export const done = (): HttpReply => ({ status: 204, body: undefined })
export const ok = (body: unknown): HttpReply => ({ status: 200, body })

/** Also for a dock of another fleet, so that the caller does not learn that it exists. */
export const unknownDock = (dockSn: string): HttpReply =>
  problem('unknown-dock', `No dock ${dockSn} is registered in any of your fleets.`)

export const dockOffline = (dockSn: string): HttpReply =>
  problem(
    'dock-absent',
    `The dock ${dockSn} is known to be offline. Wait until it is back, or add ?force=true to try anyway.`,
  )

/** The reply to `If-None-Match: *` if the record exists (RFC 9110, section 13.1.2). */
export const alreadyExists = (href: string): HttpReply =>
  problem('already-exists', 'It was not changed. Change it with PATCH, or PUT it without `If-None-Match`.', {
    href,
  })

/** Also for an account of another fleet. */
export const unknownDockAccount = (userName: string): HttpReply =>
  problem('unknown-dock-account', `No account ${userName} is known in any of your fleets.`)

export const dockAccountRevoked = (userName: string): HttpReply =>
  problem('dock-account-revoked', `${userName} stays revoked. Make another account for the dock.`)

export const dockHasAccount = (dockSn: string): HttpReply =>
  problem('dock-has-account', `Revoke the account of ${dockSn}, or give it another password, instead.`)

export const notFound = (what: 'listing' | 'upload', id: string): HttpReply =>
  problem('not-found', `The dock has no ${what} ${id}.`)

/**
 * The same for a record of another fleet, for one that does not exist, and for one that would leave its
 * fleet.
 */
export const notYoursToRegister = (what: 'dock' | 'device'): HttpReply =>
  problem(
    'not-permitted',
    `Registering a ${what}, or moving one to another fleet, needs the permission admin for all fleets. ` +
      `You may change each ${what} that is in one of your fleets.`,
  )

/** For input that fits its schema but is still impossible. */
export const invalid = (errors: InputError[]): HttpReply =>
  problem('invalid-request', 'See `errors` for what to change.', { errors })

export const repeatedKey = (): HttpReply =>
  problem('idempotency-key-reused', 'Use a new Idempotency-Key for a new request.')

/** Like `unknownDock`, for devices. */
export const unknownDevice = (deviceId: string): HttpReply =>
  problem('unknown-device', `No device ${deviceId} is known in any of your fleets.`)

/** Like `unknownDock`, for packages. */
export const unknownPackage = (id: string): HttpReply =>
  problem('unknown-package', `No package ${id} is known in any of your fleets.`)

/** Like `unknownDock`, for campaigns. */
export const unknownCampaign = (id: string): HttpReply =>
  problem('unknown-campaign', `No campaign ${id} is known in any of your fleets.`)

/** Like `unknownDock`, for collections. */
export const unknownCollection = (id: string): HttpReply =>
  problem('unknown-collection', `No collection ${id} is known in any of your fleets.`)

export const campaignHasBegun = (): HttpReply =>
  problem('campaign-has-devices', 'Its settings can no longer be changed. Make another campaign.')

export const campaignDeleted = (): HttpReply =>
  problem('campaign-deleted', 'Its id stays taken for a while. Make another campaign.')

/** Another request wrote the record between the read and the write of this one. */
export const overtaken = (what: 'campaign' | 'package'): HttpReply =>
  problem('try-again', `The ${what} was changed by another request at the same time.`)

export const campaignAborted = (): HttpReply =>
  problem('campaign-aborted', 'It accepts no more devices. Make another campaign for the remaining ones.')

/** Like `unknownDock`; also for a webhook with more fleets than the caller has. */
export const unknownWebhook = (id: string): HttpReply =>
  problem('unknown-webhook', `No webhook ${id} is known for your fleets.`)
