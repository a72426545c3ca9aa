import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod/mini'
import { newDockSn, onlyLocal, openLocal } from '../support/story.ts'

const Docks = z.object({ items: z.array(z.unknown()) })

test('a web page from elsewhere has nothing done by whoever looks at it', { skip: onlyLocal }, async (t) => {
  const backend = await openLocal(t)
  const { port } = new URL(backend.url)
  // As a form or a script sends it, for which a browser asks no permission first.
  const ask = (origin: string, dockSn: string) =>
    backend.api('PUT', `/v1/docks/${dockSn}`, '{}', { headers: { origin, 'content-type': 'text/plain' } })

  for (const origin of [
    'https://evil.example',
    `http://localhost.evil.example:${port}`,
    `http://evil.example:${port}`,
    `https://evil.example/http://localhost:${port}`,
    'null',
  ]) {
    const { status, body } = await ask(origin, newDockSn())
    assert.deepEqual([origin, status, body], [origin, 403, { message: 'Forbidden' }])
  }
  assert.deepEqual(Docks.parse(await backend.must('GET', '/v1/docks')).items, [])

  for (const origin of [`http://localhost:${port}`, `http://127.0.0.1:${port}`, 'http://localhost:5173'])
    assert.equal((await ask(origin, newDockSn())).status, 200, origin)
})
