import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import * as z from 'zod'
import { dockByHand } from '../support/dock-by-hand.ts'
import { dockLogs } from '../support/operator.ts'
import { problemOf } from '../support/problem.ts'
import { shareBackend } from '../support/story.ts'

const shared = shareBackend()

const Made = z.object({ id: z.string() })
const idOf = ({ body }: { body: unknown }): string => Made.parse(body).id

test('a request that is sent again does nothing again', async (t) => {
  const backend = await shared(t)
  const dock = await dockByHand(t, backend)
  await Promise.all([dock.list(), dock.hear().then(dock.answerListing)])
  const key = { 'idempotency-key': randomUUID() }
  const first = await dock.tryStart(dockLogs, key)
  assert.equal(first.status, 202)

  await t.test(
    'and is answered with what the first one made, even while the dock is busy with it',
    async () => {
      const again = await dock.tryStart(dockLogs, key)
      assert.deepEqual([again.status, idOf(again)], [202, idOf(first)])
      assert.equal(again.headers.get('location'), first.headers.get('location'))
      assert.equal(problemOf(await dock.tryStart(dockLogs)), '409 dock-busy')
      assert.equal((await dock.uploads()).length, 1)
    },
  )

  await t.test('but is refused when it asks for something else', async () => {
    const other = await dock.tryStart([{ module: 'dock', bootIndexes: [3] }], key)
    assert.equal(problemOf(other), '422 idempotency-key-reused')
    const elsewhere = await backend.api(
      'POST',
      `${dock.path}/log-listings`,
      { selections: dockLogs },
      { headers: key },
    )
    assert.equal(elsewhere.status, 422)
  })

  await t.test('or when its key cannot be one', async () => {
    const odd = await dock.tryStart(dockLogs, { 'idempotency-key': 'a b' })
    assert.equal(problemOf(odd), '422 invalid-request')
  })

  await t.test('also when both come at once', async (t) => {
    const other = await dockByHand(t, backend)
    const ask = (key: string) =>
      backend.api('POST', `${other.path}/log-listings`, {}, { headers: { 'idempotency-key': key } })
    const same = randomUUID()
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(same)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]))
    assert.equal(new Set(answers.map(idOf)).size, 1)
    assert.notEqual(idOf(await ask(randomUUID())), answers.map(idOf)[0])
  })

  await t.test('and a key whose request could not be sent may be used again', async (t) => {
    const other = await dockByHand(t, backend)
    const key = { 'idempotency-key': randomUUID() }
    assert.equal(problemOf(await other.tryStart(dockLogs, key)), '409 no-listing')
    await Promise.all([other.list(), other.hear().then(other.answerListing)])
    assert.equal((await other.tryStart(dockLogs, key)).status, 202)
  })
})
