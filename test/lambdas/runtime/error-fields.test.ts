import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { suite, type TestContext, test } from 'node:test'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import fc from 'fast-check'
import * as z from 'zod/mini'
import { clientSettings } from '../../../lambdas/runtime/aws-client.ts'
import { errorFields } from '../../../lambdas/runtime/error-fields.ts'
import { OwnError } from '../../../lambdas/runtime/own-error.ts'

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'stored-secret' }
const settings = { region: 'eu-central-1', credentials, ...clientSettings() }

/** A service that gives every request this answer. */
const serviceOf = async (t: TestContext, status: number, headers: Record<string, string>, body: string) => {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const failureOf = async (t: TestContext, client: SecretsManagerClient) => {
  t.after(() => client.destroy())
  const error: unknown = await client.send(new GetSecretValueCommand({ SecretId: 's' })).catch((one) => one)
  const { errorStack, ...rest } = errorFields(error)
  return { error, errorStack: errorStack ?? '', rest }
}

const requestId = 'fa5f1b0c-8ef1-4c1c-a5d5-1a6b0c0f3d11'
const right =
  'secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-central-1:000000000000:secret:s'
const denied = `User: arn:aws:sts::000000000000:assumed-role/GroundcrewApistartloguploadRole0123ABCD/GroundcrewApistart is not authorized to perform: ${right} because no identity-based policy allows it`

suite('Of an error, a log line has', () => {
  test('the service’s message, its request id, and the missing right', async (t) => {
    const headers = { 'x-amzn-requestid': requestId, 'content-type': 'application/x-amz-json-1.1' }
    const body = JSON.stringify({ __type: 'AccessDeniedException', Message: denied })
    const endpoint = await serviceOf(t, 400, headers, body)
    const { rest, errorStack } = await failureOf(t, new SecretsManagerClient({ ...settings, endpoint }))
    assert.deepEqual(rest, {
      errorName: 'AccessDeniedException',
      errorMessage: denied,
      awsRequestId: requestId,
      httpStatus: 400,
      attempts: 1,
      missingRight: right,
    })
    assert.match(errorStack, /^ {4}at .*:\d+:\d+\)?(\n|$)/)
  })

  test('the network error and the number of attempts, if no service answered', async (t) => {
    const { rest } = await failureOf(
      t,
      new SecretsManagerClient({ ...settings, endpoint: 'http://127.0.0.1:1' }),
    )
    assert.deepEqual(rest, {
      errorName: 'Error',
      errorCode: 'ECONNREFUSED',
      errorMessage: 'connect ECONNREFUSED 127.0.0.1:1',
      attempts: 4,
    })
  })

  test('the chain of its causes, also where that is a circle or has several ends', () => {
    const service = Object.assign(new Error('Rate exceeded'), {
      name: 'ThrottlingException',
      $metadata: { requestId, httpStatusCode: 400 },
    })
    const several = new AggregateError([
      Object.assign(new Error('connect ECONNREFUSED ::1:1'), {
        code: 'ECONNREFUSED',
        syscall: 'connect',
        errno: -111,
      }),
      service,
    ])
    const outer = new OwnError('no command could be sent', {
      cause: new TypeError('fetch failed', { cause: several }),
    })
    several.cause = outer
    const { errorCauses = [], ...rest } = errorFields(outer)
    assert.deepEqual([rest.errorName, rest.errorMessage], ['OwnError', 'no command could be sent'])
    assert.deepEqual(
      errorCauses.map(({ errorName, errorCode, errorMessage, awsRequestId, httpStatus }) => [
        errorName,
        errorCode,
        errorMessage,
        awsRequestId,
        httpStatus,
      ]),
      [
        ['TypeError', undefined, undefined, undefined, undefined],
        ['AggregateError', undefined, undefined, undefined, undefined],
        ['Error', 'ECONNREFUSED', 'connect ECONNREFUSED ::1:1', undefined, undefined],
        ['ThrottlingException', undefined, 'Rate exceeded', requestId, 400],
      ],
    )
  })

  test('a limited number of causes, of an endless chain', () => {
    let error = new OwnError('innermost')
    for (let n = 0; n < 100; n += 1) error = new OwnError(`${n}`, { cause: error })
    assert.equal(errorFields(error).errorCauses?.length, 5)
  })

  test('the whole message of services, even with the words token and signature, and with long names', () => {
    for (const message of [
      'The security token included in the request is expired',
      'Signature expired: 20261129T000000Z is now earlier than 20261129T001000Z (20261129T001500Z - 5 min.)',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
      'Throughput exceeds the current limit of your table or index: arn:aws:dynamodb:eu-central-1:000000000000:table/GroundcrewStoreTableABCDEFGHIJKLMNOPQRSTUVWXYZ/index/byState',
      'getaddrinfo ENOTFOUND dynamodb.eu-central-1.amazonaws.com',
    ])
      assert.equal(errorFields(Object.assign(new Error(message), { $metadata: {} })).errorMessage, message)
  })

  test('only its type, if it is not an error', () => {
    assert.deepEqual(errorFields('some text'), { errorName: 'string' })
    assert.deepEqual(errorFields(undefined), { errorName: 'undefined' })
  })

  test('no message of a parser, which repeats its input', async (t) => {
    const headers = { 'content-type': 'application/x-amz-json-1.1' }
    const endpoint = await serviceOf(t, 200, headers, '{"SecretString":hunter2}')
    const { error, ...fields } = await failureOf(t, new SecretsManagerClient({ ...settings, endpoint }))
    assert.match(String(error), /hunter2/, 'the SDK does not tell any more what it could not parse')
    assert.doesNotMatch(JSON.stringify(fields), /hunter/)
    assert.equal(fields.rest.errorName, 'SyntaxError')
    const { error: wrong } = z.object({ a: z.literal('x', 'not hunter2') }).safeParse({ a: 'hunter2' })
    assert.doesNotMatch(JSON.stringify(errorFields(wrong)), /hunter/)
  })

  test('nothing of what STS was asked to sign', async (t) => {
    const token = 'IQoJb3JpZ2luX2VjEJr//////////wEaDGV1LWNlbnRyYWwtMSJHMEUCIQ'.repeat(4)
    const message = `The request signature we calculated does not match the signature you provided.

The Canonical String for this request should have been
'POST
/

host:sts.amazonaws.com
x-amz-date:20261129T000000Z
x-amz-security-token:${token}

host;x-amz-date;x-amz-security-token
${'0a'.repeat(32)}'`
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>${message}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
    const endpoint = await serviceOf(t, 403, { 'content-type': 'text/xml' }, body)
    const client = new STSClient({ ...settings, endpoint })
    t.after(() => client.destroy())
    const asked = { RoleArn: 'arn:aws:iam::000000000000:role/r', RoleSessionName: 's' }
    const error = await client.send(new AssumeRoleCommand(asked)).catch((one: unknown) => one)
    const fields = errorFields(error)
    assert.deepEqual([fields.errorName, fields.httpStatus], ['SignatureDoesNotMatch', 403])
    assert.match(fields.errorMessage ?? '', /^The request signature we calculated does not match/)
    for (const secret of [token.slice(0, 20), '0a'.repeat(10), credentials.accessKeyId])
      assert.ok(!JSON.stringify(fields).includes(secret))
  })
})

const characters = (from: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...from), minLength, maxLength })
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const base64 = `${capitals.toLowerCase()}${capitals}0189/+`

/** What nobody may see, however it is written. */
const secrets = fc.oneof(
  fc.tuple(fc.constantFrom('AKIA', 'ASIA'), characters(capitals, 16, 16)).map((parts) => parts.join('')),
  characters(base64, 40, 40),
  characters(base64, 200, 700),
  characters('0123456789abcdef', 64, 64),
  fc
    .tuple(characters(base64.slice(0, -2), 20, 60), characters(base64.slice(0, -2), 20, 60))
    .map(([header, body]) => `eyJ${header}.eyJ${body}.${body}`),
)

/** What is a secret by its name alone. */
const passwords = fc
  .tuple(characters(base64, 8, 30), fc.constantFrom('-', '7', '_'))
  .map((parts) => parts.join(''))

const inWords = [
  (secret: string) => `request failed for ${secret}`,
  (secret: string) => `'${secret}' is wrong`,
  (secret: string) => `two lines\n    at ${secret} (file.js:1:2)`,
  (secret: string) => `first\n    at ${secret}/file.js:1:2\nlast`,
  (secret: string) => `${'x '.repeat(235)}${secret}`,
]
const byName = [
  (secret: string) => `{"secretAccessKey":"${secret}","x":1}`,
  (secret: string) => `x-amz-security-token: ${secret}`,
  (secret: string) => `Authorization: Bearer ${secret}`,
  (secret: string) => `AWS_SECRET_ACCESS_KEY=${secret} AWS_REGION=x`,
  (secret: string) => `password is "${secret}"`,
  (secret: string) => `sessionToken ${secret}`,
  (secret: string) => `connect to http://user:${secret}@minio:9000/bucket failed`,
  (secret: string) =>
    `GET https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=${secret}&x-id=GetObject`,
  (secret: string) => `no answer: /k?X-Amz-Credential=${encodeURIComponent(secret)}%2F20261129`,
  (secret: string) => `https://b.s3.amazonaws.com/k#${secret}`,
]

/** Everything that may be said of an error, each with the text in it, in one error. */
const errorsWith = (text: string): unknown[] => {
  const metadata = { requestId: text, httpStatusCode: 403, attempts: 1 }
  const service = (name: string, more: object) => Object.assign(new Error(text), { name, ...more })
  return [
    service('AccessDenied', { $metadata: metadata }),
    service(text, { code: text, Code: text, status: text, $metadata: { ...metadata, cfId: text } }),
    Object.assign(new Error(text), { code: 'ECONNRESET', syscall: 'read', errno: -104, address: text }),
    new Error('outer', { cause: service('E', { $metadata: metadata, $response: { body: text } }) }),
    new AggregateError([service('E', { $metadata: {} }), new Error(text)], text),
    new OwnError('ours', { cause: text }),
    new Error(text),
    text,
  ]
}

const leaks = (error: unknown, secret: string): boolean => {
  const written = JSON.stringify(errorFields(error))
  // A piece of it would be too much, too.
  const pieces = [secret, encodeURIComponent(secret)].map((one) => one.slice(0, 20))
  return pieces.some(
    (piece) => written.includes(piece) || written.includes(JSON.stringify(piece).slice(1, -1)),
  )
}

suite('Never in a log line of an error, wherever it stands in it, is', () => {
  test('a key, a token or a signature, by what it looks like', () =>
    fc.assert(
      fc.property(secrets, fc.constantFrom(...inWords, ...byName), (secret, say) => {
        for (const error of errorsWith(say(secret))) assert.ok(!leaks(error, secret), say(secret))
      }),
      { numRuns: 500 },
    ))

  test('anything at all that is a secret by its name', () =>
    fc.assert(
      fc.property(passwords, fc.constantFrom(...byName), (secret, say) => {
        for (const error of errorsWith(say(secret))) assert.ok(!leaks(error, secret), say(secret))
      }),
      { numRuns: 500 },
    ))
})
