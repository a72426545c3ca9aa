import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { advices } from '../../../../lambdas/storage/check/advices.ts'
import {
  describe,
  explain,
  type Provider,
  type StepName,
  type Symptom,
  stepNames,
} from '../../../../lambdas/storage/check/causes.ts'

/** What services, Node and OpenSSL really say, and what the table must make of it. */
const known: [cause: keyof typeof advices, step: StepName, symptom: Symptom, provider?: Provider][] = [
  ['clockOff', 'put', { status: 403, code: 'RequestTimeTooSkewed' }],
  ['clockOff', 'lend', { status: 400, code: 'InvalidTimeStamp.Expired' }, 'ali'],
  ['clockOff', 'read', { status: 403, code: 'AccessDenied', clockAheadMs: -3_600_000 }],
  ['dockMayNotPut', 'put', { status: 403, code: 'AccessDenied', clockAheadMs: 60_000 }],
  ['nameNotFound', 'put', { code: 'ENOTFOUND' }],
  ['nameNotFound', 'lend', { code: 'EAI_AGAIN' }],
  ['unreachable', 'put', { code: 'ECONNREFUSED' }],
  ['unreachable', 'read', { code: 'UND_ERR_SOCKET' }],
  ['noAnswer', 'lend', { code: 'TimeoutError' }],
  ['noAnswer', 'put', { code: 'UND_ERR_CONNECT_TIMEOUT' }],
  ['certificateNotTrusted', 'put', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
  ['certificateNotTrusted', 'put', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }],
  ['certificateNotTrusted', 'put', { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }],
  ['certificateExpired', 'put', { code: 'CERT_HAS_EXPIRED' }],
  ['certificateForOtherName', 'put', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
  ['notTls', 'put', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }],
  ['secretMalformed', 'lend', { code: 'MalformedSecret' }, 'minio'],
  ['secretNotReadable', 'lend', { status: 400, code: 'DecryptionFailure' }, 'ali'],
  ['keysRefused', 'lend', { code: 'InvalidAccessKeyId.NotFound' }, 'ali'],
  ['keysRefused', 'lend', { code: 'InvalidAccessKeyId.Inactive' }, 'ali'],
  ['keysRefused', 'lend', { code: 'SignatureDoesNotMatch' }, 'ali'],
  ['keysRefused', 'lend', { status: 403, code: 'AccessDenied' }, 'minio'],
  ['keysRefused', 'read', { request: 'get', status: 403, code: 'SignatureDoesNotMatch' }, 'minio'],
  ['keysMayNotLend', 'lend', { status: 403, code: 'AccessDenied', keysAreGood: true }, 'minio'],
  ['lendingRefused', 'lend', { status: 403, code: 'AccessDenied' }, 'aws'],
  ['lendingRefused', 'lend', { code: 'NoPermission' }, 'ali'],
  ['roleMissing', 'lend', { code: 'EntityNotExist.Role' }, 'ali'],
  ['sessionTooLong', 'lend', { status: 400, code: 'ValidationError' }],
  ['sessionPolicyRefused', 'lend', { status: 400, code: 'MalformedPolicyDocument' }],
  ['sessionPolicyRefused', 'lend', { status: 400, code: 'PackedPolicyTooLarge' }],
  ['issuerOff', 'lend', { status: 403, code: 'RegionDisabledException' }],
  ['noIssuer', 'lend', { status: 400, code: 'Unknown' }, 'minio'],
  ['noIssuer', 'lend', { status: 501, code: 'NotImplemented', message: 'no STS here' }, 'minio'],
  ['caseFolded', 'keepToKey', { allowed: ['putInOtherCase'] }],
  ['wrongRegion', 'put', { status: 301, code: 'PermanentRedirect' }],
  ['wrongRegion', 'lend', { status: 400, code: 'AuthorizationHeaderMalformed' }, 'minio'],
  ['bucketMissing', 'put', { status: 404, code: 'NoSuchBucket' }],
  [
    'keyDenied',
    'put',
    { status: 403, code: 'AccessDenied', missingRight: 'kms:GenerateDataKey on resource: a' },
  ],
  ['keyDenied', 'read', { status: 403, code: 'AccessDenied', missingRight: 'kms:Decrypt on resource: a' }],
  ['lentKeysUnknown', 'put', { status: 403, code: 'InvalidAccessKeyId' }],
  ['storageFull', 'put', { status: 507, code: 'XMinioStorageFull' }],
  ['dockMayNotPut', 'putInParts', { request: 'create', status: 403, code: 'AccessDenied' }],
  ['dockMayNotListParts', 'putInParts', { request: 'listParts', status: 403, code: 'AccessDenied' }],
  ['dockMayNotAbort', 'abort', { request: 'abort', status: 403, code: 'AccessDenied' }],
  ['scopeIgnored', 'keepToKey', { allowed: ['putBeside', 'putElsewhere'] }],
  ['sessionPolicyIgnored', 'keepToKey', { allowed: ['putBeside'] }],
  ['dockMayDoMore', 'keepToKey', { allowed: ['list'] }],
  ['roleTooWide', 'keepToFolder', { allowed: ['putElsewhere'] }],
  ['backendMayNotRead', 'read', { request: 'get', status: 403, code: 'AccessDenied' }],
  ['otherStorage', 'read', { request: 'get', status: 404, code: 'NoSuchKey' }],
  ['contentDiffers', 'read', { request: 'get', status: 200 }],
  ['backendMayNotDelete', 'remove', { request: 'delete', status: 403, code: 'StorageRefused' }],
  ['backendMayNotList', 'remove', { request: 'look', status: 403, code: 'StorageRefused' }],
  ['notRemoved', 'remove', { request: 'look', status: 200 }],
  ['serviceFailing', 'lend', { status: 503, code: 'ServiceUnavailable' }],
  ['notObjectStorage', 'put', { request: 'put', status: 404 }],
  ['notObjectStorage', 'put', { code: 'HPE_INVALID_CONSTANT' }],
  ['unexpected', 'put', { status: 418, code: 'Teapot' }],
]

suite('The cause of a failed step', () => {
  for (const [cause, step, symptom, provider = 'aws'] of known)
    test(`${step} on ${provider}: ${JSON.stringify(symptom)} is ${cause}`, () =>
      assert.deepEqual(explain(step, symptom, provider), { cause, advice: advices[cause] }))

  test('is known for each advice that there is', () =>
    assert.deepEqual([...new Set(known.map(([cause]) => cause))].sort(), Object.keys(advices).sort()))

  test('is always one of the table, whatever came back, and the detail has nothing else', () => {
    const symptom = fc.record(
      {
        request: fc.string(),
        status: fc.integer({ min: 0, max: 999 }),
        code: fc.string(),
        missingRight: fc.string(),
        clockAheadMs: fc.integer(),
        allowed: fc.subarray(
          ['putBeside', 'putInOtherCase', 'putElsewhere', 'read', 'list', 'delete'] as const,
          {
            minLength: 1,
          },
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...stepNames),
        symptom,
        fc.constantFrom('aws', 'minio', 'ali'),
        (step, it, on) => {
          const { cause, advice } = explain(step, it, on)
          assert.equal(advices[cause], advice)
          assert.equal(typeof describe(it), 'string')
        },
      ),
    )
  })
})
