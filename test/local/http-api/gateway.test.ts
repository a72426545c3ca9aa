import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { SignJWT } from 'jose'
import { createClock } from '../../../local/clock.ts'
import { type HttpApi, parseRouteKey, type Route } from '../../../local/http-api/definition.ts'
import { createGateway } from '../../../local/http-api/gateway.ts'
import { listen } from '../../../local/servers.ts'
import { createTokenIssuer } from '../../../local/tokens/issuer.ts'
import { openSigningKey } from '../../../local/tokens/signing-key.ts'

const issuerUrl = 'http://127.0.0.1:1/pool'
const authorizer = { issuer: issuerUrl, audience: ['machine'], scopes: [] }
const route = (key: string, more: Partial<Route> = {}): Route => ({
  key,
  ...parseRouteKey(key),
  functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:any',
  timeoutMs: 30_000,
  ...more,
})

type Invoke = (route: Route, event: unknown) => Promise<unknown>
const echo: Invoke = async (_, event) => ({ statusCode: 200, body: JSON.stringify(event) })

/** An API with the routes; its function echoes the event unless `invoke` says otherwise. */
const serve = async (
  t: TestContext,
  routes: Route[],
  {
    invoke = echo,
    requireToken = false,
    throttle,
  }: { invoke?: Invoke; requireToken?: boolean; throttle?: HttpApi['throttle'] } = {},
) => {
  const clock = createClock()
  const issuer = createTokenIssuer({
    issuer: issuerUrl,
    key: await openSigningKey(),
    clients: [{ id: 'machine', scopes: [], clientCredentials: true, lifetimeSeconds: 3600 }],
    now: clock.now,
  })
  const api = { id: 'a1b2c3d4e5', stage: '$default', routes, throttle }
  const gateway = createGateway({ api, keys: issuer.keySet, clock, requireToken, invoke })
  const server = await listen((incoming, response) => void gateway(incoming, response))
  t.after(() => server.close())
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init)
    const body = await response.text()
    return { status: response.status, headers: response.headers, text: body }
  }
  /** A GET with the token, answered with the event that the function got. */
  const eventOf = async (path: string, init: RequestInit = {}) => JSON.parse((await call(path, init)).text)
  return { url: server.url, call, eventOf, issuer, clock }
}
const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

test('the event is that of payload format 2.0, field by field', async (t) => {
  const { eventOf, url } = await serve(t, [route('POST /v1/docks/{dockSn}')])
  const event = await eventOf('/v1/docks/7CTD%4D1?b=2&a=1&b=3%204', {
    method: 'POST',
    body: '{"x":"ü"}',
    headers: {
      'Content-Type': 'application/json',
      'X-Odd': 'Value',
      cookie: 'a=1; b=2',
      'user-agent': 'probe',
    },
  })
  assert.partialDeepStrictEqual(event, {
    version: '2.0',
    routeKey: 'POST /v1/docks/{dockSn}',
    rawPath: '/v1/docks/7CTDM1',
    rawQueryString: 'b=2&a=1&b=3%204',
    queryStringParameters: { a: '1', b: '2,3 4' },
    cookies: ['a=1', 'b=2'],
    headers: { 'content-type': 'application/json', 'x-odd': 'Value', host: url.replace('http://', '') },
    pathParameters: { dockSn: '7CTDM1' },
    body: '{"x":"ü"}',
    isBase64Encoded: false,
    requestContext: {
      apiId: 'a1b2c3d4e5',
      stage: '$default',
      routeKey: 'POST /v1/docks/{dockSn}',
      http: { method: 'POST', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'probe' },
    },
  })
  assert.match(event.requestContext.time, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/)
  assert.equal(typeof event.requestContext.timeEpoch, 'number')
  assert.equal('authorizer' in event.requestContext, false)
})

test('query parameters with names that JavaScript knows are in the event like others', async (t) => {
  const { eventOf } = await serve(t, [route('GET /v1/docks')])
  const { queryStringParameters } = await eventOf('/v1/docks?__proto__=1&constructor=2&constructor=3')
  assert.deepEqual(
    Object.entries(queryStringParameters ?? {}),
    Object.entries({ ['__proto__']: '1', constructor: '2,3' }),
  )
})

test('what is absent from a request is absent from the event', async (t) => {
  const { eventOf } = await serve(t, [route('GET /v1/docks')])
  const event = await eventOf('/v1/docks')
  for (const field of ['body', 'queryStringParameters', 'pathParameters', 'cookies'])
    assert.equal(field in event, false)
  assert.equal(event.rawQueryString, '')
})

test('a body that is not text comes in base64', async (t) => {
  const { eventOf } = await serve(t, [route('POST /v1/docks')])
  const event = await eventOf('/v1/docks', { method: 'POST', body: new Uint8Array([0, 255]) })
  assert.deepEqual([event.body, event.isBase64Encoded], ['AP8=', true])
})

const routing: [string, string, string | undefined][] = [
  ['GET', '/v1/docks', 'GET /v1/docks'],
  ['GET', '/v1/docks/special', 'GET /v1/docks/special'],
  ['GET', '/v1/docks/other', 'GET /v1/docks/{dockSn}'],
  ['PUT', '/v1/docks/other', 'ANY /v1/docks/{dockSn}'],
  ['GET', '/v1/docks/other/logs/deep/down', 'GET /v1/docks/{dockSn}/{rest+}'],
  ['GET', '/v1%2Fdocks%2Fother?x=/y', 'GET /v1/docks/{dockSn}'],
  ['GET', '/v1/docks/', undefined],
  ['GET', '/v1/docks/%zz', undefined],
  ['DELETE', '/v1/docks', undefined],
  ['GET', '/elsewhere', undefined],
]
for (const [method, path, expected] of routing) {
  test(`${method} ${path} is served by ${expected ?? 'nobody'}`, async (t) => {
    const keys = [
      'ANY /v1/docks/{dockSn}',
      'GET /v1/docks/{dockSn}/{rest+}',
      'GET /v1/docks/{dockSn}',
      'GET /v1/docks/special',
      'GET /v1/docks',
    ]
    const { call } = await serve(
      t,
      keys.map((key) => route(key)),
    )
    const { status, text: body } = await call(path, { method })
    if (expected === undefined) assert.deepEqual([status, body], [404, '{"message":"Not Found"}'])
    else assert.equal(JSON.parse(body).routeKey, expected)
  })
}

test('a token makes its claims reach the function as text', async (t) => {
  const { eventOf, issuer } = await serve(t, [route('GET /v1/docks', { authorizer })], { requireToken: true })
  const token = await issuer.mint({
    sub: 'ada',
    groups: ['read', 'operate@north'],
    claims: { email_verified: true, address: { country: 'CH' }, nothing: null },
  })
  const { jwt } = (await eventOf('/v1/docks', bearer(token))).requestContext.authorizer
  assert.partialDeepStrictEqual(jwt, {
    claims: {
      sub: 'ada',
      'cognito:groups': '[read operate@north]',
      email_verified: 'true',
      address: '{"country":"CH"}',
    },
    scopes: null,
  })
  assert.match(jwt.claims.exp, /^\d{10}$/)
  assert.equal('nothing' in jwt.claims, false)
})

test('a token without Bearer in front of it is accepted as API Gateway does', async (t) => {
  const { call, issuer } = await serve(t, [route('GET /v1/docks', { authorizer })], { requireToken: true })
  assert.equal((await call('/v1/docks', { headers: { authorization: await issuer.mint() } })).status, 200)
})

type Issuer = Awaited<ReturnType<typeof serve>>['issuer']
const badTokens: [string, (issuer: Issuer) => Promise<string> | string][] = [
  ['garbage', () => 'not.a.token'],
  ['an expired token', (issuer) => issuer.mint({ expiresInSeconds: -1 })],
  [
    'a token without an expiry',
    async () => {
      const { privateKey, publicKey } = await openSigningKey()
      return new SignJWT({ iss: issuerUrl, client_id: 'machine' })
        .setProtectedHeader({ alg: 'RS256', kid: publicKey.kid ?? '' })
        .sign(privateKey)
    },
  ],
  [
    'a token of the future',
    (issuer) => issuer.mint({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }),
  ],
  [
    'a token issued in the future',
    (issuer) => issuer.mint({ claims: { iat: Math.floor(Date.now() / 1000) + 600 } }),
  ],
  [
    'a token that does not name its key',
    async () => {
      const { privateKey } = await openSigningKey()
      return new SignJWT({ iss: issuerUrl, client_id: 'machine', exp: 9_999_999_999 })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(privateKey)
    },
  ],
  ['a token of another issuer', (issuer) => issuer.mint({ claims: { iss: 'https://elsewhere.example' } })],
  ['a token for another client', (issuer) => issuer.mint({ clientId: 'other' })],
  ['a token for another audience', (issuer) => issuer.mint({ claims: { aud: 'other' } })],
  [
    'an unsigned token',
    () => `${btoa('{"alg":"none"}')}.${btoa(`{"iss":"${issuerUrl}","client_id":"machine"}`)}.`,
  ],
  [
    'a token with a changed payload',
    async (issuer) => {
      const [head, , signature] = (await issuer.mint()).split('.')
      return `${head}.${btoa(`{"iss":"${issuerUrl}","client_id":"machine","exp":9999999999}`)}.${signature}`
    },
  ],
]
for (const [name, make] of badTokens) {
  for (const requireToken of [true, false]) {
    test(`${name} is refused, ${requireToken ? 'with' : 'without'} --auth`, async (t) => {
      const { call, issuer } = await serve(t, [route('GET /v1/docks', { authorizer })], { requireToken })
      const { status, text: body, headers } = await call('/v1/docks', bearer(await make(issuer)))
      assert.deepEqual([status, body], [401, '{"message":"Unauthorized"}'])
      assert.match(headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/)
    })
  }
}

test('without a token the request is the local operator’s, unless tokens are required', async (t) => {
  const open = await serve(t, [route('GET /v1/docks', { authorizer })])
  const { claims } = (await open.eventOf('/v1/docks')).requestContext.authorizer.jwt
  assert.deepEqual(claims, {
    sub: 'local-operator',
    scope: 'groundcrew/read groundcrew/operate groundcrew/download groundcrew/admin groundcrew/ingest',
  })
  const closed = await serve(t, [route('GET /v1/docks', { authorizer })], { requireToken: true })
  assert.equal((await closed.call('/v1/docks')).status, 401)
})

test('a token expires by the stack’s clock', async (t) => {
  const { call, issuer, clock } = await serve(t, [route('GET /v1/docks', { authorizer })])
  const token = await issuer.mint({ expiresInSeconds: 60 })
  assert.equal((await call('/v1/docks', bearer(token))).status, 200)
  clock.advance(61_000)
  assert.equal((await call('/v1/docks', bearer(token))).status, 401)
})

test('a route that names scopes requires one of them', async (t) => {
  const scoped = { ...authorizer, scopes: ['groundcrew/read', 'groundcrew/admin'] }
  const { call, eventOf, issuer } = await serve(t, [route('GET /v1/docks', { authorizer: scoped })])
  const without = await call('/v1/docks', bearer(await issuer.mint({ scopes: ['groundcrew/ingest'] })))
  assert.deepEqual([without.status, without.text], [403, '{"message":"Forbidden"}'])
  const event = await eventOf(
    '/v1/docks',
    bearer(await issuer.mint({ scopes: ['groundcrew/read', 'openid'] })),
  )
  assert.deepEqual(event.requestContext.authorizer.jwt.scopes, ['groundcrew/read'])
})

test('what a function returns is sent as it says', async (t) => {
  const { call } = await serve(t, [route('GET /v1/docks')], {
    invoke: async () => ({
      statusCode: 202,
      headers: { Location: '/v1/x', 'content-type': 'application/problem+json', 'x-count': 3 },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from('{"a":1}').toString('base64'),
      isBase64Encoded: true,
    }),
  })
  const { status, text: body, headers } = await call('/v1/docks')
  assert.deepEqual([status, body], [202, '{"a":1}'])
  assert.deepEqual(
    ['location', 'content-type', 'x-count'].map((name) => headers.get(name)),
    ['/v1/x', 'application/problem+json', '3'],
  )
  assert.deepEqual(headers.getSetCookie(), ['a=1', 'b=2'])
})

test('304 and 204 have no body', async (t) => {
  const { call } = await serve(t, [route('GET /v1/docks')], {
    invoke: async () => ({ statusCode: 304, headers: { etag: '"1"' } }),
  })
  const { status, text: body, headers } = await call('/v1/docks')
  assert.deepEqual([status, body, headers.get('etag')], [304, '', '"1"'])
})

test('a result without a status code is the body of a 200', async (t) => {
  const { call } = await serve(t, [route('GET /v1/docks')], { invoke: async () => ({ hello: 'world' }) })
  const { status, text: body, headers } = await call('/v1/docks')
  assert.deepEqual(
    [status, body, headers.get('content-type')],
    [200, '{"hello":"world"}', 'application/json'],
  )
})

const failures: [string, Invoke][] = [
  ['throws', () => Promise.reject(new Error('secret detail'))],
  ['answers with a bad status', async () => ({ statusCode: 'yes' })],
  ['answers with a body that is no text', async () => ({ statusCode: 200, body: { a: 1 } })],
]
for (const [name, invoke] of failures) {
  test(`a function that ${name} is a 500 that says nothing`, async (t) => {
    const { call } = await serve(t, [route('GET /v1/docks')], { invoke })
    const { status, text: body } = await call('/v1/docks')
    assert.deepEqual([status, body], [500, '{"message":"Internal Server Error"}'])
  })
}

test('a function slower than the integration may be is a 503', async (t) => {
  const { call } = await serve(t, [route('GET /v1/docks', { timeoutMs: 20 })], {
    invoke: () => new Promise(() => {}),
  })
  const { status, text: body } = await call('/v1/docks')
  assert.deepEqual([status, body], [503, '{"message":"Service Unavailable"}'])
})

test('a body over 10 MB is a 413 and reaches no function', async (t) => {
  let invoked = false
  const { url } = await serve(t, [route('POST /v1/docks')], {
    invoke: async () => {
      invoked = true
    },
  })
  const answer = Promise.withResolvers<string>()
  const sending = request(`${url}/v1/docks`, { method: 'POST' }, async (response) => {
    answer.resolve(`${response.statusCode} ${await text(response)}`)
  })
  sending.on('error', answer.reject)
  sending.end(Buffer.alloc(10 * 1024 * 1024 + 1))
  assert.equal(await answer.promise, '413 {"message":"Request Entity Too Large"}')
  assert.equal(invoked, false)
})

test('the stage throttles by a token bucket', async (t) => {
  const { call, clock } = await serve(t, [route('GET /v1/docks')], {
    throttle: { ratePerSecond: 1, burst: 2 },
  })
  const statuses = [await call('/v1/docks'), await call('/v1/docks'), await call('/v1/docks')].map(
    (one) => one.status,
  )
  assert.deepEqual(statuses, [200, 200, 429])
  clock.advance(1_000)
  assert.equal((await call('/v1/docks')).status, 200)
  assert.equal((await call('/v1/docks')).text, '{"message":"Too Many Requests"}')
})
