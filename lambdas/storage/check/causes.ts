import { advices, type Cause } from './advices.ts'

/**
 * Finds the cause of a failed step of the storage check: a table from responses and errors to stable names.
 * Pure.
 *
 * The codes are those of S3 (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), STS
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html), Alibaba's STS and OSS
 * (https://www.alibabacloud.com/help/en/oss/developer-reference/error-responses), of Node and of OpenSSL
 * (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 */

export const stepNames = [
  'lend',
  'put',
  'putInParts',
  'abort',
  'keepToKey',
  'keepToFolder',
  'read',
  'remove',
] as const
export type StepName = (typeof stepNames)[number]

export type Provider = 'aws' | 'minio' | 'ali'

/** Requests of a dock that storage must refuse, in words. */
const forbidden = {
  putBeside: 'put beside the key',
  putInOtherCase: 'put under the key in another case',
  putElsewhere: 'put into another folder',
  read: 'read',
  list: 'list',
  delete: 'delete',
} as const
export type Forbidden = keyof typeof forbidden

/** The response or error with which a step failed. */
export type Symptom = {
  /** Which request of the step: `listParts`, for instance. */
  request?: string
  status?: number | undefined
  /** The code of the service, of the network or of TLS. */
  code?: string | undefined
  /** The right that AWS says is missing, `kms:GenerateDataKey on resource: …`. */
  missingRight?: string | undefined
  /**
   * The server's own message, cleaned and shortened. Foreign text is shown beside the advice, never in it.
   */
  message?: string | undefined
  /** How far our clock is ahead of the response's `Date`. */
  clockAheadMs?: number | undefined
  /** Requests that succeeded but must not. */
  allowed?: readonly Forbidden[]
  /** Storage accepts our key pair for other requests. */
  keysAreGood?: true
}

/** A row matches if all its conditions do; the first matching row counts. */
type Row = {
  cause: Cause
  steps?: readonly StepName[]
  requests?: readonly string[]
  providers?: readonly Provider[]
  codes?: RegExp
  right?: RegExp
  statuses?: readonly number[]
  when?: (symptom: Symptom) => boolean
}

const signatureHoldsMs = 15 * 60_000
const byDock: StepName[] = ['put', 'putInParts', 'abort', 'keepToKey', 'keepToFolder']
const letThrough =
  (what?: Forbidden) =>
  ({ allowed = [] }: Symptom) =>
    what === undefined ? allowed.length > 0 : allowed.includes(what)
const refused = [401, 403]

const rows: readonly Row[] = [
  { cause: 'roleTooWide', steps: ['keepToFolder'], when: letThrough() },
  { cause: 'scopeIgnored', when: letThrough('putElsewhere') },
  { cause: 'sessionPolicyIgnored', when: letThrough('putBeside') },
  { cause: 'caseFolded', when: letThrough('putInOtherCase') },
  { cause: 'dockMayDoMore', when: letThrough() },

  { cause: 'nameNotFound', codes: /^(ENOTFOUND|EAI_\w+)$/ },
  {
    cause: 'unreachable',
    codes: /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR_SOCKET)$/,
  },
  { cause: 'noAnswer', codes: /^(ETIMEDOUT|TimeoutError|AbortError|UND_ERR_\w*TIMEOUT)$/ },
  { cause: 'certificateForOtherName', codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/ },
  { cause: 'certificateExpired', codes: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/ },
  { cause: 'certificateNotTrusted', codes: /SELF_SIGNED|^UNABLE_TO_(VERIFY|GET_ISSUER)|^CERT_/ },
  { cause: 'notTls', codes: /^(ERR_SSL_|EPROTO)/ },
  { cause: 'notObjectStorage', codes: /^HPE_/ },

  { cause: 'clockOff', codes: /^(RequestTimeTooSkewed|RequestExpired|InvalidTimeStamp|SignatureExpired)/ },
  {
    cause: 'clockOff',
    statuses: [400, ...refused],
    when: ({ clockAheadMs = 0 }) => Math.abs(clockAheadMs) > signatureHoldsMs,
  },

  { cause: 'secretMalformed', codes: /^MalformedSecret$/ },
  {
    cause: 'secretNotReadable',
    steps: ['lend'],
    codes: /^(AccessDeniedException|ResourceNotFoundException|DecryptionFailure|InvalidRequestException)$/,
  },
  { cause: 'roleMissing', steps: ['lend'], codes: /^EntityNotExist/ },
  { cause: 'issuerOff', codes: /^RegionDisabled/ },
  {
    cause: 'sessionPolicyRefused',
    codes: /^(MalformedPolicyDocument|PackedPolicyTooLarge|InvalidParameter\.Policy)/,
  },
  { cause: 'sessionTooLong', steps: ['lend'], codes: /^(ValidationError|InvalidParameter\.DurationSeconds)/ },
  { cause: 'lendingRefused', steps: ['lend', 'keepToFolder'], right: /^sts:/ },
  {
    cause: 'lendingRefused',
    steps: ['lend'],
    providers: ['aws', 'ali'],
    codes: /^(AccessDenied|NoPermission)/,
  },
  { cause: 'keysMayNotLend', steps: ['lend'], when: ({ keysAreGood = false }) => keysAreGood },
  { cause: 'keysRefused', steps: ['lend'], statuses: refused },

  {
    cause: 'wrongRegion',
    codes:
      /^(AuthorizationHeaderMalformed|AuthorizationQueryParametersError|PermanentRedirect|TemporaryRedirect|IllegalLocationConstraintException)$/,
  },
  { cause: 'wrongRegion', statuses: [301, 307] },
  { cause: 'bucketMissing', codes: /^NoSuchBucket$/ },
  { cause: 'keyDenied', right: /^kms:/ },
  { cause: 'keyDenied', codes: /^KMS/ },
  { cause: 'storageFull', codes: /^(XMinioStorageFull|XMinioAdminBucketQuotaExceeded|QuotaExceeded)$/ },
  { cause: 'storageFull', statuses: [507] },
  {
    cause: 'lentKeysUnknown',
    steps: byDock,
    codes:
      /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken|InvalidSecurityToken|SecurityTokenExpired)/,
  },
  { cause: 'keysRefused', codes: /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidClientTokenId)/ },

  { cause: 'dockMayNotListParts', requests: ['listParts'], statuses: refused },
  { cause: 'dockMayNotAbort', requests: ['abort'], statuses: refused },
  { cause: 'dockMayNotPut', steps: byDock, statuses: refused },
  { cause: 'backendMayNotRead', steps: ['read'], statuses: refused },
  { cause: 'backendMayNotDelete', requests: ['delete'], statuses: refused },
  { cause: 'backendMayNotList', requests: ['look'], statuses: refused },
  { cause: 'otherStorage', steps: ['read'], codes: /^NoSuchKey$/ },
  { cause: 'contentDiffers', steps: ['read'], statuses: [200] },
  { cause: 'notRemoved', requests: ['look'], statuses: [200] },

  { cause: 'noIssuer', steps: ['lend'], providers: ['minio'], statuses: [404, 405, 501] },
  { cause: 'serviceFailing', when: ({ status = 0 }) => status >= 500 },
  { cause: 'serviceFailing', codes: /^(SlowDown|Throttling|Internal|ServiceUnavailable)/ },
  { cause: 'noIssuer', steps: ['lend'] },
  { cause: 'notObjectStorage', when: ({ status, code }) => status !== undefined && code === undefined },
]

const holds = (row: Row, step: StepName, provider: Provider, symptom: Symptom): boolean =>
  (row.steps?.includes(step) ?? true) &&
  (row.providers?.includes(provider) ?? true) &&
  (row.requests?.includes(symptom.request ?? '') ?? true) &&
  (row.codes?.test(symptom.code ?? '') ?? true) &&
  (row.right?.test(symptom.missingRight ?? '') ?? true) &&
  (row.statuses?.includes(symptom.status ?? 0) ?? true) &&
  (row.when?.(symptom) ?? true)

/** The cause of a failed step, and what to change. */
export const explain = (
  step: StepName,
  symptom: Symptom,
  provider: Provider,
): { cause: Cause; advice: string } => {
  const { cause } = rows.find((row) => holds(row, step, provider, symptom)) ?? {
    cause: 'unexpected' as const,
  }
  return { cause, advice: advices[cause] }
}

/** The response or error in one line, without secrets. */
export const describe = ({
  request,
  status,
  code,
  message,
  missingRight,
  clockAheadMs = 0,
  allowed,
}: Symptom): string =>
  [
    allowed && `let through: ${allowed.map((one) => forbidden[one]).join(', ')}`,
    (status !== undefined || code) &&
      `${request ?? 'the request'}: ${[status, code].filter(Boolean).join(' ')}`,
    message && `its message: ${message}`,
    missingRight && `missing: ${missingRight}`,
    Math.abs(clockAheadMs) > 60_000 &&
      `its clock is ${Math.abs(Math.round(clockAheadMs / 60_000))} minutes ${clockAheadMs > 0 ? 'behind' : 'ahead of'} ours`,
  ]
    .filter(Boolean)
    .join('; ')
