/**
 * Why a step of the storage check failed, and what to change: one table, from what came back to a name that stays. Pure.
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

/** What came back of a step that did not go as it should. */
export type Came = {
  /** Which request of the step: `listParts`, for instance. */
  request?: string
  status?: number | undefined
  /** The code of the service, of the network or of TLS. */
  code?: string | undefined
  /** The right that AWS says is missing, `kms:GenerateDataKey on resource: …`. */
  missingRight?: string | undefined
  /** How far our clock is ahead of the answer's `Date`. */
  clockAheadMs?: number | undefined
  /** What was let through and must not be. */
  allowed?: readonly string[]
}

const advices = {
  clockOff: 'Set the clock of the storage server, and of its STS: signatures hold for a quarter of an hour.',
  nameNotFound:
    'Correct the name in storageEndpoint or dockStorageEndpoint: it must resolve where the functions run, which is the internet and not your network.',
  unreachable:
    'Nothing listens there, or a firewall refuses: correct storageEndpoint or dockStorageEndpoint, or start the server.',
  noAnswer:
    'Open the firewall between AWS and the endpoint: the functions run outside any VPC. If it is open, the server is too slow.',
  certificateNotTrusted:
    'Give the endpoint a certificate of a public authority, and have it send the whole chain: neither the functions nor docks know yours.',
  certificateExpired: 'Renew the certificate of the endpoint, or set the clock of whoever finds it expired.',
  certificateForOtherName: 'Use the name that the certificate is for, or a certificate for this name.',
  notTls: 'The endpoint does not speak TLS on this port: correct the port, or http:// against https://.',
  secretNotReadable:
    'Correct storageSecretArn, or let the function read the secret: its role, the policy of the secret, and that of its KMS key.',
  secretMalformed: 'Write { "accessKeyId": "…", "secretAccessKey": "…" } into the secret.',
  keysRefused:
    'Storage refuses our own key pair: write the current one into the secret, enable its user, and let that user lend.',
  lendingRefused:
    'The role that is lent does not let this function in: its trust policy needs sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, as the stack makes it.',
  roleMissing: 'The role that is lent does not exist: correct aliRoleArn, or deploy the stack again.',
  sessionTooLong: 'Let the role have sessions of an hour, 3600 seconds.',
  sessionPolicyRefused: 'The session policy was refused: shorten the names of bucket and key, or report it.',
  issuerOff: 'Switch STS on for this region in the account settings of IAM.',
  noIssuer:
    'Nothing that lends credentials answers there: storageEndpoint must be the API of the server, not its console.',
  wrongRegion:
    'The bucket is in another region than we sign for: correct storageRegion, or deploy to the region of the bucket.',
  bucketMissing: 'Correct bucketName, or make the bucket.',
  keyDenied:
    'The KMS key of the bucket refuses: give kmsKeyArn, and let its key policy allow the roles of the stack (docs/deploy.md).',
  lentKeysUnknown:
    'Storage does not know what was lent: dockStorageEndpoint must lead to the storage whose STS lends, and change nothing of the request on the way.',
  storageFull: 'Make room in storage, or raise the quota of the bucket.',
  serviceFailing: 'The service is out of order: try again, and look into its own logs if that stays so.',
  dockMayNotPut:
    'The rights that are lent lack PutObject on this key: look at the role or user that is lent, and at the policy of the bucket.',
  dockMayNotListParts:
    'The rights that are lent lack ListMultipartUploadParts (OSS: ListParts), without which a dock cannot resume.',
  dockMayNotAbort: 'The rights that are lent lack AbortMultipartUpload.',
  sessionPolicyIgnored:
    'The session policy does not hold: a dock could write over other archives of its folder. Use no proxy or server that leaves it out.',
  scopeIgnored:
    'Storage lets lent credentials do what they are not for, in the folders of other docks too: narrow the policies of bucket, role or user, and make sure that the server checks them.',
  dockMayDoMore:
    'Lent credentials may read, list or delete: take that out of the policy of the bucket, and make sure that the session policy holds.',
  roleTooWide:
    'The role that is lent reaches beyond the folder of one dock: limit it to ${aws:PrincipalTag/fleet}/${aws:PrincipalTag/dockSn}/*, as the stack makes it, and look for an Allow in the policy of the bucket.',
  backendMayNotRead: 'Let our role or user GetObject on the bucket; look for a Deny in its policy.',
  backendMayNotDelete: 'Let our role or user DeleteObject on the bucket; look for a Deny or a lock.',
  backendMayNotList:
    'Let our role or user ListBucket (OSS: ListObjects): without it a missing archive looks like a refusal, and is never called missing.',
  otherStorage:
    'Docks write to another storage than we read from: dockStorageEndpoint and storageEndpoint must lead to the same one.',
  contentDiffers: 'Something between us and storage changes what is stored: look for a proxy or a cache.',
  notRemoved: 'The probe is still there after it was deleted: look for a lock or a cache.',
  notObjectStorage:
    'What answers there is no object storage, or another of its ports: correct storageEndpoint or dockStorageEndpoint.',
  unexpected: 'Look the code up in the documentation of the storage; the log of the function has more.',
} as const

export type Cause = keyof typeof advices

/** A row holds if all that it names does; the first that holds counts. */
type Row = {
  cause: Cause
  steps?: readonly StepName[]
  requests?: readonly string[]
  providers?: readonly Provider[]
  codes?: RegExp
  right?: RegExp
  statuses?: readonly number[]
  when?: (came: Came) => boolean
}

const signatureHoldsMs = 15 * 60_000
const byDock: StepName[] = ['put', 'putInParts', 'abort', 'keepToKey', 'keepToFolder']
const letThrough = (what: RegExp) => (came: Came) => came.allowed?.some((one) => what.test(one)) ?? false
const refused = [401, 403]

const rows: readonly Row[] = [
  { cause: 'roleTooWide', steps: ['keepToFolder'], when: letThrough(/^/) },
  { cause: 'scopeIgnored', when: letThrough(/another folder/) },
  { cause: 'sessionPolicyIgnored', when: letThrough(/beside/) },
  { cause: 'dockMayDoMore', when: letThrough(/^/) },

  { cause: 'nameNotFound', codes: /^(ENOTFOUND|EAI_\w+)$/ },
  { cause: 'unreachable', codes: /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR_SOCKET)$/ },
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
  { cause: 'sessionPolicyRefused', codes: /^(MalformedPolicyDocument|PackedPolicyTooLarge|InvalidParameter\.Policy)/ },
  { cause: 'sessionTooLong', steps: ['lend'], codes: /^(ValidationError|InvalidParameter\.DurationSeconds)/ },
  { cause: 'lendingRefused', steps: ['lend', 'keepToFolder'], right: /^sts:/ },
  { cause: 'lendingRefused', steps: ['lend'], providers: ['aws', 'ali'], codes: /^(AccessDenied|NoPermission)/ },
  // MinIO's STS says the same of an unknown key, a wrong secret and a missing right.
  { cause: 'keysRefused', steps: ['lend'], statuses: refused },

  {
    cause: 'wrongRegion',
    codes: /^(AuthorizationHeaderMalformed|AuthorizationQueryParametersError|PermanentRedirect|TemporaryRedirect|IllegalLocationConstraintException)$/,
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
    codes: /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken|InvalidSecurityToken|SecurityTokenExpired)/,
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

  { cause: 'serviceFailing', when: ({ status = 0 }) => status >= 500 },
  { cause: 'serviceFailing', codes: /^(SlowDown|Throttling|Internal|ServiceUnavailable)/ },
  { cause: 'noIssuer', steps: ['lend'] },
  { cause: 'notObjectStorage', when: ({ status, code }) => status !== undefined && code === undefined },
]

const holds = (row: Row, step: StepName, provider: Provider, came: Came): boolean =>
  (row.steps?.includes(step) ?? true) &&
  (row.providers?.includes(provider) ?? true) &&
  (row.requests?.includes(came.request ?? '') ?? true) &&
  (row.codes?.test(came.code ?? '') ?? true) &&
  (row.right?.test(came.missingRight ?? '') ?? true) &&
  (row.statuses?.includes(came.status ?? 0) ?? true) &&
  (row.when?.(came) ?? true)

/** The cause of a failed step, and what to change. Always the same for the same. */
export const explain = (
  step: StepName,
  came: Came,
  provider: Provider,
): { cause: Cause; advice: string } => {
  const { cause } = rows.find((row) => holds(row, step, provider, came)) ?? { cause: 'unexpected' as const }
  return { cause, advice: advices[cause] }
}

/** What came back in a line that holds no secret. */
export const describe = ({ request, status, code, missingRight, clockAheadMs = 0, allowed }: Came): string =>
  [
    allowed && `let through: ${allowed.join(', ')}`,
    (status !== undefined || code) && `${request ?? 'the request'}: ${[status, code].filter(Boolean).join(' ')}`,
    missingRight && `missing: ${missingRight}`,
    Math.abs(clockAheadMs) > 60_000 &&
      `its clock is ${Math.abs(Math.round(clockAheadMs / 60_000))} minutes ${clockAheadMs > 0 ? 'behind' : 'ahead of'} ours`,
  ]
    .filter(Boolean)
    .join('; ')
