import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { dockByHand } from '../support/dock-by-hand.ts'
import { dockLogs } from '../support/operator.ts'
import { problemOf } from '../support/problem.ts'
import { shareBackend } from '../support/story.ts'

const shared = shareBackend()

const Refusal = z.object({ href: z.string() })

test('of twenty who start an upload at once, one does, and the others learn whose it is', async (t) => {
  const backend = await shared(t)
  const dock = await dockByHand(t, backend)
  await Promise.all([dock.list(), dock.hear().then(dock.answerListing)])
  const answers = await Promise.all(Array.from({ length: 20 }, () => dock.tryStart(dockLogs)))
  const accepted = answers.filter(({ status }) => status === 202)
  const refused = answers.filter((answer) => problemOf(answer) === '409 dock-busy')
  assert.deepEqual([accepted.length, refused.length], [1, 19], answers.map(problemOf).join(', '))
  const href = accepted[0]?.headers.get('location')
  assert.deepEqual(new Set(refused.map(({ body }) => Refusal.parse(body).href)), new Set([href]))
  assert.equal((await dock.uploads()).length, 1)

  const start = await dock.hear()
  await dock.answer(start, { result: 325009 })
  await backend.until(dock.dock, ({ activeUpload }) => activeUpload === undefined)
  assert.equal((await dock.tryStart(dockLogs)).status, 202)
})
