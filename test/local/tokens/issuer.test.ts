import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as z from 'zod'
import { createTokenIssuer } from '../../../local/tokens/issuer.ts'
import { openSigningKey } from '../../../local/tokens/signing-key.ts'

const machine = {
  id: 'machine',
  secret: 'a:secret',
  scopes: ['groundcrew/read', 'groundcrew/operate'],
  clientCredentials: true,
  lifetimeSeconds: 900,
}
const console = { id: 'console', scopes: [], clientCredentials: false, lifetimeSeconds: 900 }

const serve = async (t: TestContext, keyFile?: string) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = z.object({ port: z.number() }).parse(server.address())
  const url = `http://127.0.0.1:${port}`
  const issuer = createTokenIssuer({
    issuer: `${url}/eu-central-1_pool`,
    key: await openSigningKey(keyFile),
    clients: [machine, console],
    now: Date.now,
  })
  server.on('request', async (request, response) => {
    if (!(await issuer.serve(request, response))) response.writeHead(404).end()
  })
  return { url, issuer }
}

const ask = async (url: string, form: Record<string, string>, authorization?: string) => {
  const response = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: authorization ? { authorization } : {},
  })
  const body = z
    .looseObject({ error: z.string().optional(), access_token: z.string().optional() })
    .parse(await response.json())
  return { status: response.status, body }
}
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
const grant = { grant_type: 'client_credentials' }

test('a machine client gets a token that verifies with what discovery names', async (t) => {
  const { url, issuer } = await serve(t)
  const { status, body } = await ask(
    url,
    { ...grant, scope: 'groundcrew/read' },
    basic('machine', 'a:secret'),
  )
  assert.equal(status, 200)
  const discovery = await fetch(`${issuer.issuer}/.well-known/openid-configuration`)
  const { jwks_uri } = z.looseObject({ jwks_uri: z.string() }).parse(await discovery.json())
  const { payload } = await jwtVerify(body.access_token ?? '', createRemoteJWKSet(new URL(jwks_uri)), {
    issuer: issuer.issuer,
  })
  assert.partialDeepStrictEqual(payload, {
    sub: 'machine',
    client_id: 'machine',
    scope: 'groundcrew/read',
    token_use: 'access',
  })
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 900)
})

test('without a scope the client gets all of its own', async (t) => {
  const { url, issuer } = await serve(t)
  const { body } = await ask(url, { ...grant, client_id: 'machine', client_secret: 'a:secret' })
  const { payload } = await jwtVerify(body.access_token ?? '', issuer.keySet)
  assert.equal(payload.scope, 'groundcrew/read groundcrew/operate')
})

const refusals: [string, Record<string, string>, string, string][] = [
  ['a wrong secret', grant, basic('machine', 'guess'), 'invalid_client'],
  ['an unknown client', grant, basic('stranger', 'a:secret'), 'invalid_client'],
  ['a public client', grant, basic('console', ''), 'invalid_client'],
  [
    'a scope it may not have',
    { ...grant, scope: 'groundcrew/admin' },
    basic('machine', 'a:secret'),
    'invalid_scope',
  ],
  ['another grant', { grant_type: 'password' }, basic('machine', 'a:secret'), 'unsupported_grant_type'],
]
for (const [name, form, authorization, error] of refusals) {
  test(`${name} is refused with ${error}`, async (t) => {
    const { url } = await serve(t)
    assert.deepEqual(await ask(url, form, authorization), { status: 400, body: { error } })
  })
}

test('a token for a person names their groups', async (t) => {
  const { issuer } = await serve(t)
  const { payload } = await jwtVerify(
    await issuer.mint({ sub: 'ada', groups: ['read', 'operate@north'] }),
    issuer.keySet,
  )
  assert.deepEqual(payload['cognito:groups'], ['read', 'operate@north'])
  assert.equal(payload.scope, undefined)
})

test('a token is good over a restart when the key is kept, and the key is for its owner only', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tokens-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'key.json')
  const before = await serve(t, file)
  const after = await serve(t, file)
  await jwtVerify(await before.issuer.mint(), after.issuer.keySet)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})
