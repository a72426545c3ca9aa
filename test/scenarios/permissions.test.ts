import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod/mini'
import { dockByHand } from '../support/dock-by-hand.ts'
import { everything } from '../support/operator.ts'
import { told } from '../support/problem.ts'
import { mustOf, newFleet, onlyLocal, openLocal } from '../support/story.ts'

test('a caller who may not is refused, and learns nothing', { skip: onlyLocal }, async (t) => {
  const backend = await openLocal(t, { auth: true })
  const admin = await backend.token({ scopes: ['groundcrew/admin'] })
  const as = {
    ...backend,
    must: mustOf((method, path, body) => backend.api(method, path, body, { token: admin })),
  }
  const north = newFleet()
  const dock = await dockByHand(t, as, { fleet: north })
  const before = await everything(as, dock.path)
  const scoped = (...scopes: string[]) =>
    backend.token({ scopes: scopes.map((scope) => `groundcrew/${scope}`) })
  const ask = (token: string | undefined, method = 'POST', path = `${dock.path}/log-listings`) =>
    backend.api(method, path, method === 'GET' ? undefined : {}, token === undefined ? {} : { token })
  const [head, body, signature] = admin.split('.')
  const forgedBody = Buffer.from(JSON.stringify({ scope: 'groundcrew/admin' })).toString('base64url')

  const strangers: [string, string | undefined][] = [
    ['no token', undefined],
    ['an expired token', await backend.token({ scopes: ['groundcrew/operate'], expiresInSeconds: -60 })],
    ['a forged token', `${head}.${forgedBody}.${signature}`],
    ['an unsigned token', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`],
    ['a token of another issuer', await backend.token({ claims: { iss: 'https://login.example.com' } })],
    [
      'a token for another client',
      await backend.token({ scopes: ['groundcrew/admin'], clientId: 'another' }),
    ],
    ['no JWT', 'letmein'],
  ]
  for (const [what, token] of strangers)
    await t.test(what, async () => {
      const { status, body } = await ask(token)
      assert.deepEqual([status, body], [401, { message: 'Unauthorized' }])
    })

  const weak: [string, string, string, string?, string?][] = [
    ['no permission', await scoped(), '403 not-permitted'],
    ['the permission to read', await scoped('read'), '403 not-permitted'],
    ['the permission to download', await scoped('download'), '403 not-permitted'],
    ['the permission of a forwarder', await scoped('ingest'), '403 not-permitted'],
    ['the permission for another fleet', await scoped('operate@south'), '404 unknown-dock'],
    [
      'the permission to operate here',
      await scoped(`operate@${north}`),
      '403 not-permitted',
      'GET',
      dock.path,
    ],
    ['the permission to read elsewhere', await scoped('read@south'), '404 unknown-dock', 'GET', dock.path],
    ['the permission to operate', await scoped('operate'), '403 not-permitted', 'PUT', dock.path],
    [
      'the administration of another fleet',
      await scoped('admin@south'),
      '403 not-permitted',
      'PUT',
      dock.path,
    ],
  ]
  for (const [what, token, refusal, method, path] of weak)
    await t.test(what, async () => assert.equal(told(await ask(token, method, path)), refusal))

  await t.test('and a list shows what the caller may see', async () => {
    const Docks = z.object({ items: z.array(z.object({ dockSn: z.string() })) })
    const seen = async (scope: string) =>
      Docks.parse((await ask(await scoped(scope), 'GET', '/v1/docks')).body).items.map(({ dockSn }) => dockSn)
    assert.deepEqual(await seen(`read@${north}`), [dock.dockSn])
    assert.deepEqual(await seen('read@south'), [])
  })

  assert.deepEqual(await everything(as, dock.path), before)
  assert.equal((await ask(await scoped(`operate@${north}`))).status, 202)
})
