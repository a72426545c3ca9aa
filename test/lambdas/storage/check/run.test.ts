import { routes } from '../../../../lambdas/contract/routes.ts'
import '../../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { onHttp } from '../../../../lambdas/http/on-http.ts'
import { newId } from '../../../../lambdas/runtime/new-id.ts'
import { presignWith } from '../../../../lambdas/storage/archives/ali.ts'
import { checkStorage } from '../../../../lambdas/storage/check/run.ts'
import { StorageCheck } from '../../../../lambdas/storage/check/shapes.ts'
import type { Scope, UploadCredentials } from '../../../../lambdas/storage/credentials/provider.ts'
import { readStoredKey } from '../../../../lambdas/storage/object-key.ts'
import { declared } from '../../../support/declared.ts'
import { fakeStorage, strict } from '../../../support/fake-storage.ts'
import { answerOf, type Call, eventOf } from '../../../support/http-calls.ts'
import { ossSignature } from '../credentials/alibaba-signatures.ts'
import { type Captured, captureRequests } from '../credentials/captured-requests.ts'

const credentials = { accessKeyId: 'STS.1', secretAccessKey: 'lent-secret', sessionToken: 'lent-token' }

/** The route over the storage at `endpoint`, for OSS, whose lending and reading are played. */
const routeOver = (endpoint: string) => {
  const scopes: Scope[] = []
  const removed: string[] = []
  const lend = async (scope: Scope): Promise<UploadCredentials> => {
    scopes.push(scope)
    const storage = { provider: 'ali', bucket: 'dock-logs', region: 'cn-hangzhou', endpoint } as const
    return { storage, credentials: { ...credentials, expiresAt: 0 } }
  }
  const archives = {
    find: async () => undefined,
    link: async (key: string) => `${endpoint}/dock-logs/${key}`,
    remove: async (key: string) => void removed.push(key),
  }
  const handle = onHttp(routes, () =>
    checkStorage({ lend, archives, presignWith, provider: 'ali', newId, now: Date.now }),
  )
  const call = async (more: Call = {}) =>
    declared('checkStorage', answerOf(await handle(eventOf('checkStorage', more))))
  return { call, scopes, removed }
}

/** OSS's own form, told by the path, since a bare address has no name for a bucket. */
const isSigned = ({ url, method }: Captured): boolean =>
  url.searchParams.get('x-oss-security-token') === credentials.sessionToken &&
  url.searchParams.get('x-oss-signature') ===
    ossSignature(
      { method, url, headers: {} },
      { resource: decodeURIComponent(url.pathname), secret: credentials.secretAccessKey },
    )

suite('Checking storage', () => {
  test('signs the requests of a dock as OSS requires, with the lent credentials', async (t) => {
    const oss = await captureRequests(t, (request) => {
      if (!isSigned(request))
        return { status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' }
      const { method, url } = request
      const { searchParams: query, pathname } = url
      if (query.has('uploads')) return { body: '<R><UploadId>u1</UploadId></R>' }
      const uploads = method === 'PUT' || query.has('uploadId')
      if (!uploads || !pathname.endsWith('probe.tar') || pathname.includes('neighbour'))
        return { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
      return { status: method === 'DELETE' ? 204 : 200, headers: { etag: '"1"' } }
    })
    const { call, scopes, removed } = routeOver(oss.url)
    const { steps } = StorageCheck.parse((await call()).body)
    assert.deepEqual(
      steps.slice(0, 6).map(({ step, outcome }) => `${step} ${outcome}`),
      [
        'lend passed',
        'put passed',
        'putInParts passed',
        'abort passed',
        'keepToKey passed',
        'keepToFolder skipped',
      ],
    )
    const [scope] = scopes
    assert.deepEqual([scope?.dockSn, scope?.keys.length], ['storage-check', 1])
    assert.deepEqual(removed, scope?.keys)
    assert.equal(
      readStoredKey(removed[0] ?? ''),
      undefined,
      'a probe is no archive, and its dock can be none',
    )
  })

  test('removes objects that should not have been stored, too', async (t) => {
    const storage = await fakeStorage(t)
    storage.instead(() => undefined)
    const { call, removed } = routeOver(storage.url)
    const { ok, steps } = StorageCheck.parse((await call()).body)
    assert.deepEqual([ok, steps.find(({ outcome }) => outcome === 'failed')?.cause], [false, 'scopeIgnored'])
    assert.deepEqual(removed.map((key) => key.replace(/[0-9a-f-]{36}/, 'id')).sort(), [
      'groundcrew/storage-check-neighbour/id/probe.tar',
      'groundcrew/storage-check/id/PROBE.TAR',
      'groundcrew/storage-check/id/beside.tar',
      'groundcrew/storage-check/id/probe.tar',
    ])
  })

  test('is not cacheable, and contains no lent credentials', async (t) => {
    const storage = await fakeStorage(t)
    storage.instead(strict)
    const { call } = routeOver(storage.url)
    const answer = await call()
    assert.deepEqual([answer.status, answer.headers['cache-control']], [200, 'no-store'])
    for (const secret of Object.values(credentials)) assert(!answer.text.includes(secret))
  })

  for (const [who, scope] of [
    ['an operator', 'groundcrew/operate'],
    ['an admin of one fleet', 'groundcrew/admin@north'],
  ] as const)
    test(`is not for ${who}`, async () => {
      const { call, scopes } = routeOver('http://127.0.0.1:9')
      const answer = await call({ claims: { sub: 'ann', client_id: 'ann', scope } })
      assert.deepEqual([answer.status, answer.problem.name], [403, 'not-permitted'])
      assert.deepEqual(scopes, [])
    })
})
