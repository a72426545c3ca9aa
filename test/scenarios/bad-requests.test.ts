import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as z from 'zod/mini'
import { Problem } from '../../lambdas/http/shapes.ts'
import { dockByHand } from '../support/dock-by-hand.ts'
import { everything } from '../support/operator.ts'
import { told } from '../support/problem.ts'
import { type Backend, newDockSn, shareBackend } from '../support/story.ts'

const shared = shareBackend()

const Refusal = z.extend(Problem, { href: z.optional(z.string()) })

const bootOne = [{ module: 'dock', bootIndexes: [1] }]
const anId = '01a2007d-9454-73be-b8f5-93b4ed62cbdd'

/** On a dock whose logs are listed. `{dock}` is its path. */
const faulty: [what: string, method: string, path: string, body: unknown, refusal: string][] = [
  ['a dock that nobody registered', 'POST', `/v1/docks/${newDockSn()}/log-listings`, {}, '404 unknown-dock'],
  ['no serial number', 'PUT', '/v1/docks/7CTDM-1', {}, '422 invalid-request dockSn'],
  ['a serial number that is a topic filter', 'PUT', '/v1/docks/%2B', {}, '422 invalid-request dockSn'],
  ['an upload that is none', 'GET', `{dock}/log-uploads/${anId}`, undefined, '404 not-found'],
  ['an id that is none', 'GET', '{dock}/log-uploads/latest', undefined, '422 invalid-request id'],
  [
    'a boot that the listing lacks',
    'POST',
    '{dock}/log-uploads',
    { selections: [{ module: 'dock', bootIndexes: [1, 9] }] },
    '422 invalid-request selections[0].bootIndexes[1]',
  ],
  [
    'no boot',
    'POST',
    '{dock}/log-uploads',
    { selections: [{ module: 'dock', bootIndexes: [] }] },
    '422 invalid-request selections[0].bootIndexes',
  ],
  [
    'more retries than three',
    'POST',
    '{dock}/log-uploads',
    { selections: bootOne, retries: 4 },
    '422 invalid-request retries',
  ],
  ['a retry of an upload that is none', 'POST', `{dock}/log-uploads/${anId}/retry`, {}, '404 not-found'],
  [
    'the archive of an upload that is none',
    'DELETE',
    `{dock}/log-uploads/${anId}/archives/dock`,
    undefined,
    '404 not-found',
  ],
  [
    'the archive of no module',
    'DELETE',
    `{dock}/log-uploads/${anId}/archives/drone`,
    undefined,
    '422 invalid-request module',
  ],
  ['no selection', 'POST', '{dock}/log-uploads', { selections: [] }, '422 invalid-request selections'],
  ['nothing at all', 'POST', '{dock}/log-uploads', undefined, '422 invalid-request selections'],
  [
    'one module twice',
    'POST',
    '{dock}/log-uploads',
    { selections: [...bootOne, ...bootOne] },
    '422 invalid-request selections[1].module',
  ],
  [
    'an unknown module',
    'POST',
    '{dock}/log-listings',
    { modules: ['drone'] },
    '422 invalid-request modules[0]',
  ],
  [
    'a time that is none',
    'POST',
    '{dock}/log-uploads',
    { selections: [{ module: 'dock', from: 'noon', to: 'night' }] },
    '422 invalid-request selections[0].from selections[0].to',
  ],
  [
    'a span that ends before it begins',
    'POST',
    '{dock}/log-uploads',
    { selections: [{ module: 'dock', from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }] },
    '422 invalid-request selections[0].to',
  ],
  [
    'a span without logs',
    'POST',
    '{dock}/log-uploads',
    { selections: [{ module: 'dock', from: '2001-01-01T00:00:00Z', to: '2001-01-02T00:00:00Z' }] },
    '422 invalid-request selections[0]',
  ],
  [
    'an end that is past',
    'POST',
    '{dock}/log-uploads',
    { selections: bootOne, finishBy: '2001-01-01T00:00:00Z' },
    '422 invalid-request finishBy',
  ],
  [
    'an unknown field',
    'POST',
    '{dock}/log-uploads',
    { selections: bootOne, priority: 1 },
    '422 invalid-request priority',
  ],
  ['what is not JSON', 'POST', '{dock}/log-uploads', '{"selections":', '400 malformed-json'],
  [
    'over 128 KiB',
    'POST',
    '{dock}/log-uploads',
    { selections: bootOne, note: 'x'.repeat(129 * 1024) },
    '413 body-too-large',
  ],
  [
    'a note that is a book',
    'POST',
    '{dock}/log-uploads',
    { selections: bootOne, note: 'x'.repeat(501) },
    '422 invalid-request note',
  ],
  ['an unknown query', 'GET', '/v1/docks?colour=red', undefined, '422 invalid-request colour'],
  ['a page of no size', 'GET', '/v1/docks?limit=0', undefined, '422 invalid-request limit'],
  ['a cursor that is none', 'GET', '/v1/log-uploads?cursor=abc', undefined, '422 invalid-request cursor'],
  [
    'a cursor of another list',
    'GET',
    '{dock}/log-uploads?cursor=abc',
    undefined,
    '422 invalid-request cursor',
  ],
]

const listedDock = async (t: TestContext, backend: Backend) => {
  const dock = await dockByHand(t, backend)
  await Promise.all([dock.list(), dock.hear().then(dock.answerListing)])
  return dock
}

test('a request that does not fit is refused, says where, and changes nothing', async (t) => {
  const backend = await shared(t)
  const dock = await listedDock(t, backend)
  const before = await everything(backend, dock.path)
  for (const [what, method, path, body, refusal] of faulty)
    await t.test(what, async () => {
      assert.equal(told(await backend.api(method, path.replace('{dock}', dock.path), body)), refusal)
      assert.deepEqual(await everything(backend, dock.path), before)
    })

  await t.test('an upload before any listing', async (t) => {
    const other = await dockByHand(t, backend)
    assert.equal(told(await other.tryStart(bootOne)), '409 no-listing')
  })

  await t.test('a second upload while one runs', async () => {
    const { upload } = await dock.startUpload()
    const second = await dock.tryStart(bootOne)
    assert.equal(told(second), '409 dock-busy')
    assert.equal(Refusal.parse(second.body).href, `${dock.path}/log-uploads/${upload.id}`)
    const download = await backend.api('GET', `${dock.path}/log-uploads/${upload.id}/archives/dock/download`)
    assert.equal(told(download), '409 archive-not-stored')
    const aircraft = await backend.api('POST', `${dock.path}/log-uploads/${upload.id}/cancel`, {
      modules: ['aircraft'],
    })
    assert.equal(told(aircraft), '422 invalid-request modules[0]')
  })
})
