import { routes } from '../../lambdas/contract/routes.ts'
import '../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { RouteName } from '../../lambdas/contract/routes.ts'
import { onHttp } from '../../lambdas/http/on-http.ts'
import { type HttpReply, ok } from '../../lambdas/http/reply.ts'
import { createClock } from '../../local/clock.ts'
import { type Answer, answerOf, eventOf } from '../support/http-calls.ts'
import { openLocal } from '../support/story.ts'
import { cases } from './cases.ts'
import { leavesNoMemory } from './memory.ts'
import { requests, routeNames } from './requests.ts'
import { sender } from './wire.ts'

const timeout = 600_000

/** A handler for every route that finds nothing wrong. */
const contented = () => {
  const handlers = {} as Record<RouteName, () => Promise<HttpReply>>
  for (const name of routeNames) handlers[name] = async () => ok({})
  return handlers
}

/** As the schema library words it: nothing that callers should have to know. */
const foreign = /\b(Invalid|Too (small|big)|Unrecognized|expected|received|undefined|NaN|null)\b/

const errorsOf = (answer: Answer) => (answer.status === 422 ? (answer.problem.errors ?? []) : [])

suite('whatever is asked, the answer says what is wrong with it', () => {
  test('in front of the handlers', { timeout }, () => {
    const handle = onHttp(routes, contented)
    return leavesNoMemory(() =>
      fc.assert(
        fc.asyncProperty(requests, async ({ route, call }) => {
          const answer = answerOf(await handle(eventOf(route, call)))
          assert(answer.status < 500, `${answer.status} ${answer.text}`)
          if (answer.status >= 400) assert(answer.problem.name)
          for (const { path, message } of errorsOf(answer))
            assert(!foreign.test(message), `${path} ${message}`)
        }),
        { numRuns: cases.pure },
      ),
    )
  })

  test('over HTTP, with all that is behind', { timeout }, async (t) => {
    const clock = createClock()
    const backend = await openLocal(t, { clock })
    const send = sender(t, backend.url)
    await backend.must('PUT', '/v1/docks/DOCK1', {})
    await backend.must('PUT', '/v1/devices/device-1', {})
    const statuses = new Set<number>()
    await fc.assert(
      fc.asyncProperty(requests, async ({ route, call }) => {
        let status = await send(route, call)
        // More in a second than the API takes: a second passes.
        for (; status === 429; status = await send(route, call)) clock.advance(1000)
        statuses.add(status)
        assert(status < 500, String(status))
      }),
      { numRuns: cases.overHttp },
    )
    // One of the requests may have removed it.
    await backend.must('PUT', '/v1/docks/DOCK1', {})
    await backend.must('GET', '/v1/docks/DOCK1')
    assert.deepEqual(backend.deadLetters(), [])
    for (const usual of [200, 404, 422]) assert(statuses.has(usual), `none was answered ${usual}`)
  })
})
