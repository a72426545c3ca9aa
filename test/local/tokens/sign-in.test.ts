import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import * as z from 'zod'
import { createClock } from '../../../local/clock.ts'
import { startLocal } from '../../support/local-run.ts'
import { told } from '../../support/problem.ts'

/** Signing in at the local issuer as a browser does it, step by step. */

const open = async (t: TestContext) => {
  const clock = createClock()
  const { url, outputs, api } = await startLocal(t, { auth: true, clock })
  const clientId = z.string().parse(outputs.ConsoleClientId)
  const verifier = randomBytes(32).toString('base64url')
  const asked = {
    client_id: clientId,
    redirect_uri: `${url}/`,
    response_type: 'code',
    scope: 'openid email',
    state: 'where-i-was',
    nonce: 'n-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const authorize = (more: Record<string, string> = {}) =>
    fetch(`${url}/oauth2/authorize?${new URLSearchParams({ ...asked, ...more })}`, { redirect: 'manual' })
  const codeFor = async (person: string): Promise<string> => {
    const { headers } = await authorize({ person })
    return new URL(headers.get('location') ?? '').searchParams.get('code') ?? ''
  }
  const redeem = async (form: Record<string, string>) => {
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: `${url}/`,
      code_verifier: verifier,
      ...form,
    })
    const response = await fetch(`${url}/oauth2/token`, { method: 'POST', body })
    const Answer = z.looseObject({
      error: z.string().optional(),
      access_token: z.string().optional(),
      id_token: z.string().optional(),
      refresh_token: z.string().optional(),
    })
    return { status: response.status, body: Answer.parse(await response.json()) }
  }
  const renew = (token = '', form: Record<string, string> = {}) =>
    redeem({ grant_type: 'refresh_token', refresh_token: token, ...form })
  const revoke = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: clientId, ...form })
    const response = await fetch(`${url}/oauth2/revoke`, { method: 'POST', body })
    return [response.status, await response.text()]
  }
  return { url, clock, clientId, api, authorize, codeFor, redeem, renew, revoke }
}

test('whoever signs in comes back with a code, which is good for a token of theirs', async (t) => {
  const { url, api, authorize, redeem } = await open(t)
  const page = await authorize()
  assert.equal(page.status, 200)
  assert.match(await page.text(), /value="viewer-north"/)
  const { status, headers } = await authorize({ person: 'viewer-north' })
  const back = new URL(headers.get('location') ?? '')
  assert.deepEqual([status, back.origin, back.searchParams.get('state')], [302, url, 'where-i-was'])
  const { body } = await redeem({ code: back.searchParams.get('code') ?? '' })
  const token = body.access_token ?? ''
  assert.equal((await api('GET', '/v1/docks', undefined, { token })).status, 200)
  assert.equal((await api('PUT', '/v1/docks/7CTDM1', {}, { token })).status, 403)
})

test('the id token is for the client and answers its nonce', async (t) => {
  const { url, clientId, codeFor, redeem } = await open(t)
  const { body } = await redeem({ code: await codeFor('operator') })
  const keys = z.looseObject({ jwks_uri: z.string(), issuer: z.string() })
  const pool = /\/([\w-]+_\w+)$/.exec(decodeJwt(body.access_token ?? '').iss ?? '')?.[1] ?? ''
  const discovery = keys.parse(await (await fetch(`${url}/${pool}/.well-known/openid-configuration`)).json())
  const { payload } = await jwtVerify(
    z.string().parse(body.id_token),
    createRemoteJWKSet(new URL(discovery.jwks_uri)),
    { issuer: discovery.issuer, audience: clientId },
  )
  assert.deepEqual([payload.nonce, payload['cognito:username']], ['n-1', 'operator'])
})

test('the id token opens nothing', async (t) => {
  const { api, codeFor, redeem } = await open(t)
  const { body } = await redeem({ code: await codeFor('admin') })
  const answer = await api('GET', '/v1/docks', undefined, { token: body.id_token ?? '' })
  assert.equal(told(answer), '401 not-an-access-token')
})

test('a refresh token brings new tokens of the same person and sign-in, until it is revoked', async (t) => {
  const { api, codeFor, redeem, renew, revoke } = await open(t)
  const { body: first } = await redeem({ code: await codeFor('viewer-north') })
  const renewed = await renew(first.refresh_token)
  assert.deepEqual([renewed.status, renewed.body.refresh_token], [200, undefined])
  const before = decodeJwt(first.access_token ?? '')
  const after = decodeJwt(renewed.body.access_token ?? '')
  for (const claim of ['sub', 'origin_jti', 'auth_time', 'cognito:groups', 'client_id', 'scope'])
    assert.deepEqual(after[claim], before[claim], claim)
  assert.notEqual(after.jti, before.jti)

  assert.deepEqual(await revoke({ token: first.refresh_token ?? '' }), [200, ''])
  assert.deepEqual(await renew(first.refresh_token), { status: 400, body: { error: 'invalid_grant' } })
  // As with Cognito: who only checks the signature takes an access token until it runs out.
  const token = renewed.body.access_token ?? ''
  assert.equal((await api('GET', '/v1/docks', undefined, { token })).status, 200)
})

test('a refresh token belongs to one client, expires, and is the only token that can be revoked', async (t) => {
  const { clock, codeFor, redeem, renew, revoke } = await open(t)
  const { body } = await redeem({ code: await codeFor('viewer') })
  const refused = (error: string) => ({ status: 400, body: { error } })
  assert.deepEqual(await renew(body.refresh_token, { client_id: 'another' }), refused('invalid_client'))
  assert.deepEqual(await renew('guessed'), refused('invalid_grant'))
  assert.deepEqual(await revoke({ token: body.refresh_token ?? '', client_id: 'another' }), [
    400,
    '{"error":"invalid_client"}',
  ])
  assert.deepEqual(await revoke({}), [400, '{"error":"invalid_request"}'])
  assert.deepEqual(await revoke({ token: body.access_token ?? '' }), [
    400,
    '{"error":"unsupported_token_type"}',
  ])
  assert.equal((await renew(body.refresh_token)).status, 200)
  clock.advance(7 * 86_400_000)
  assert.deepEqual(await renew(body.refresh_token), refused('invalid_grant'))
})

test('a code is good once, for whoever asked for it, and only with the proof', async (t) => {
  const { codeFor, redeem } = await open(t)
  const refused = { status: 400, body: { error: 'invalid_grant' } }
  assert.deepEqual(await redeem({ code: await codeFor('admin'), code_verifier: 'guessed' }), refused)
  assert.deepEqual(await redeem({ code: await codeFor('admin'), client_id: 'another' }), refused)
  assert.deepEqual(
    await redeem({ code: await codeFor('admin'), redirect_uri: 'http://127.0.0.1:1/' }),
    refused,
  )
  assert.deepEqual(await redeem({ code: 'guessed' }), refused)
  const code = await codeFor('admin')
  assert.equal((await redeem({ code })).status, 200)
  assert.deepEqual(await redeem({ code }), refused)
})

test('people are sent nowhere but where the client may send them', async (t) => {
  const { url, clientId, authorize } = await open(t)
  const elsewhere = await authorize({ redirect_uri: 'https://evil.example/', person: 'admin' })
  assert.deepEqual([elsewhere.status, elsewhere.headers.get('location')], [400, null])
  const leave = (address: string) =>
    fetch(`${url}/logout?${new URLSearchParams({ client_id: clientId, logout_uri: address })}`, {
      redirect: 'manual',
    })
  assert.equal((await leave('https://evil.example/')).status, 400)
  const left = await leave(`${url}/`)
  assert.deepEqual([left.status, left.headers.get('location')], [302, `${url}/`])
})

test('sign-in requires PKCE', async (t) => {
  const { authorize } = await open(t)
  const { headers } = await authorize({ code_challenge_method: 'plain', person: 'admin' })
  assert.equal(new URL(headers.get('location') ?? '').searchParams.get('error'), 'invalid_request')
})
