/**
 * The services whose requests we authenticate, by signing name. The IoT data-plane client signs with
 * `iotdata`.
 */
export type Service = 's3' | 'sts' | 'dynamodb' | 'iotdata' | 'sqs' | 'secretsmanager' | 'events'

/** Why a request could not be authenticated. */
export type Cause =
  | 'unsigned'
  | 'incomplete'
  | 'incompleteLink'
  | 'foreignScheme'
  | 'twoSignatures'
  | 'unknownKey'
  | 'badToken'
  | 'expiredToken'
  | 'skewed'
  | 'linkExpired'
  | 'unsignedHeaders'
  | 'mismatch'

/** A refusal in the service's own words; the server renders it in its protocol. */
export type AuthenticationFailure = { outcome: 'refused'; code: string; status: number; message: string }

type Wording = { [cause in Cause]: readonly [code: string, status: number, message?: string] }

const message: Record<Cause, string> = {
  unsigned: 'The request is missing an authentication token.',
  incomplete: 'The signature of the request is incomplete or not in the form of Signature Version 4.',
  incompleteLink:
    'The query of the link lacks parameters of Signature Version 4, or has others than it allows.',
  foreignScheme: 'The scheme of the Authorization header is not known here.',
  twoSignatures: 'The request is signed in its query and in a header.',
  unknownKey: 'The access key id is not known here; temporary credentials need their session token.',
  badToken: 'The session token is malformed or otherwise invalid.',
  expiredToken: 'The session token has expired.',
  skewed: 'The time of the request is too far from the time of the server.',
  linkExpired: 'Request has expired',
  unsignedHeaders: 'There were headers present in the request which were not signed.',
  mismatch: 'The signature we calculated does not match the signature you provided.',
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. S3's answers to two signatures and to
 * other schemes are undocumented; they are in https://github.com/catalyst/moodle-tool_objectfs/issues/303 and
 * https://github.com/versity/versitygw/issues/1512, and an empty header counts as a signature, too:
 * https://github.com/NangoHQ/nango/pull/3550
 */
const s3: Wording = {
  unsigned: ['AccessDenied', 403],
  incomplete: ['AuthorizationHeaderMalformed', 400],
  incompleteLink: ['AuthorizationQueryParametersError', 400],
  foreignScheme: ['InvalidArgument', 400, 'Unsupported Authorization Type'],
  twoSignatures: [
    'InvalidArgument',
    400,
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string ' +
      'parameter or the Authorization header should be specified',
  ],
  unknownKey: ['InvalidAccessKeyId', 403],
  badToken: ['InvalidToken', 400],
  expiredToken: ['ExpiredToken', 400],
  skewed: ['RequestTimeTooSkewed', 403],
  linkExpired: ['AccessDenied', 403],
  unsignedHeaders: ['AccessDenied', 403],
  mismatch: ['SignatureDoesNotMatch', 403],
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const sts: Wording = {
  unsigned: ['MissingAuthenticationToken', 403],
  incomplete: ['IncompleteSignature', 400],
  incompleteLink: ['IncompleteSignature', 400],
  foreignScheme: ['IncompleteSignature', 400],
  twoSignatures: ['IncompleteSignature', 400],
  unknownKey: ['InvalidClientTokenId', 403],
  badToken: ['InvalidClientTokenId', 403],
  expiredToken: ['ExpiredToken', 403],
  skewed: ['RequestExpired', 400],
  linkExpired: ['RequestExpired', 400],
  unsignedHeaders: ['IncompleteSignature', 400],
  mismatch: ['SignatureDoesNotMatch', 403],
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const jsonProtocol = (status: number): Wording => ({
  unsigned: ['MissingAuthenticationTokenException', status],
  incomplete: ['IncompleteSignatureException', status],
  incompleteLink: ['IncompleteSignatureException', status],
  foreignScheme: ['IncompleteSignatureException', status],
  twoSignatures: ['IncompleteSignatureException', status],
  unknownKey: ['UnrecognizedClientException', status],
  badToken: ['UnrecognizedClientException', status],
  expiredToken: ['ExpiredTokenException', status],
  skewed: ['InvalidSignatureException', status],
  linkExpired: ['InvalidSignatureException', status],
  unsignedHeaders: ['IncompleteSignatureException', status],
  mismatch: ['InvalidSignatureException', status],
})

const wording: Record<Service, Wording> = {
  s3,
  sts,
  dynamodb: jsonProtocol(400),
  sqs: jsonProtocol(400),
  secretsmanager: jsonProtocol(400),
  events: jsonProtocol(400),
  iotdata: jsonProtocol(403),
}

/** A service's error for a request that it cannot attribute. Messages contain no secret and no key. */
export const authenticationFailure = (service: Service, cause: Cause): AuthenticationFailure => {
  const [code, status, words = message[cause]] = wording[service][cause]
  return { outcome: 'refused', code, status, message: words }
}
