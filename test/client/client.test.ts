import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Groundcrew, groundcrew, UnreachableError } from '../../client/index.ts'
import {
  AlreadyExistsError,
  NoListingError,
  problemClasses,
  UnknownDockError,
} from '../../client/problems.ts'
import { problems } from '../../lambdas/http/reply.ts'
import { dockByHand } from '../support/dock-by-hand.ts'
import { dockLogs } from '../support/operator.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { newDockSn, openLocal } from '../support/story.ts'

const quick = { retryAfterMs: 1 }
const soon = { paceMs: { shortest: 20, longest: 50 } }

/** A network that loses the answer to the first so many requests that it carries. */
const losing = (answers: number) => {
  const carried: string[] = []
  return {
    carried,
    fetch: async (request: Request) => {
      carried.push(request.method)
      const response = await fetch(request)
      if (carried.length <= answers) throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
      return response
    },
  }
}

/** A backend that gives these answers, whatever it is asked, and then that it is well. */
const answering = (...answers: [status: number, body: object, headers?: Record<string, string>][]) => {
  const asked: string[] = []
  return {
    asked,
    fetch: async ({ method, headers }: Request) => {
      asked.push(`${method} ${headers.get('authorization')}`)
      const [status, body, more] = answers.shift() ?? [200, { items: [] }]
      return Response.json(body, { status, headers: { ...more } })
    },
  }
}

test('each type of problem has a class of its own', () => {
  assert.deepEqual(Object.keys(problemClasses).sort(), Object.keys(problems).sort())
  const names = Object.values(problemClasses).map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
})

test('a client of a backend', async (t) => {
  const backend = await openLocal(t)
  const crew: Groundcrew = groundcrew({ url: backend.url, ...quick })

  await t.test('goes through a list of many pages, and stops where one stops', async () => {
    const fleet = 'pages'
    const sns = Array.from({ length: 5 }, newDockSn).sort()
    for (const sn of sns) await crew.docks.register(sn, { fleet })
    await backend.untilCaughtUp()
    const list = crew.docks.list({ fleet, pageSize: 2 })
    const seen = []
    for await (const { dockSn } of list) seen.push(dockSn)
    assert.deepEqual(seen, sns)
    assert.deepEqual(
      (await list.take(3)).map(({ dockSn }) => dockSn),
      sns.slice(0, 3),
    )
    assert.equal((await list.all()).length, 5)
  })

  await t.test(
    'makes what is new, changes what is named, and sends again what may be sent twice',
    async () => {
      const dockSn = newDockSn()
      const made = await crew.docks.register(dockSn, { name: 'Roof' }, { onlyIfNew: true })
      await assert.rejects(crew.docks.register(dockSn, {}, { onlyIfNew: true }), AlreadyExistsError)
      const { carried, fetch } = losing(2)
      const lossy = groundcrew({ url: backend.url, ...quick, fetch })
      assert.deepEqual(await lossy.docks.change(dockSn, { aircraftSn: '1581F1' }), {
        ...made,
        aircraftSn: '1581F1',
      })
      assert.deepEqual(carried, ['PATCH', 'PATCH', 'PATCH'])
      const once = losing(1)
      const other = groundcrew({ url: backend.url, ...quick, fetch: once.fetch })
      await assert.rejects(other.docks.register(newDockSn(), {}, { onlyIfNew: true }), UnreachableError)
      assert.deepEqual(once.carried, ['PUT'])
    },
  )

  await t.test('waits for a listing and an upload, and reports progress', async (t) => {
    const dock = await simulatedDock(t, backend)
    const asked = await crew.listings.request(dock.dockSn)
    const listing = await crew.listings.waitFor(asked, soon)
    assert.equal(listing.state, 'received')
    const states: string[] = []
    const started = await crew.uploads.start(dock.dockSn, { selections: dockLogs })
    const ended = await crew.uploads.waitFor(started, {
      ...soon,
      onChange: ({ state }) => void states.push(state),
    })
    assert.equal(ended.state, 'verified')
    assert.equal(states.at(-1), 'verified')
    const { url } = await crew.uploads.download(ended, 'dock')
    assert.equal((await fetch(url)).status, 200)
  })

  await t.test('stops waiting for an archive that is not what the dock reported', async (t) => {
    const dock = await simulatedDock(t, backend, { faults: { wrongSize: true } })
    await dock.list()
    const started = await crew.uploads.start(dock.dockSn, { selections: dockLogs })
    const ended = await crew.uploads.waitFor(started, { ...soon, timeoutMs: 20_000 })
    assert.deepEqual([ended.state, ended.archives[0]?.verification], ['uploaded', 'sizeDiffers'])
  })

  await t.test('waits for what follows a failure, too', async (t) => {
    const dock = await simulatedDock(t, backend)
    await dock.list()
    await dock.device.setFaults({ networkFailure: 1000 })
    const first = await crew.uploads.start(dock.dockSn, { selections: dockLogs })
    assert.equal((await crew.uploads.waitFor(first, soon)).state, 'failed')
    await dock.device.setFaults({})
    await crew.uploads.retry(first)
    const ended = await crew.uploads.waitFor(first, soon)
    assert.deepEqual([ended.retryOf, ended.state], [first.id, 'verified'])
  })

  await t.test('starts once what was sent twice', async (t) => {
    const dock = await dockByHand(t, backend)
    await Promise.all([dock.list(), dock.hear().then(dock.answerListing)])
    const network = losing(2)
    const lossy = groundcrew({ url: backend.url, ...quick, fetch: network.fetch })
    const { id } = await lossy.uploads.start(dock.dockSn, { selections: dockLogs })
    assert.equal(network.carried.length, 3)
    assert.deepEqual(
      (await dock.uploads()).map((one) => one.id),
      [id],
    )
  })

  await t.test('does not send again what might be done twice', async () => {
    const network = losing(1)
    const lossy = groundcrew({ url: backend.url, ...quick, fetch: network.fetch })
    await assert.rejects(lossy.campaigns.abort('nothing'), UnreachableError)
    assert.deepEqual(network.carried, ['POST'])
  })

  await t.test('rejects with the class of the problem', async (t) => {
    const dock = await dockByHand(t, backend)
    await assert.rejects(crew.docks.get('NOSUCH'), UnknownDockError)
    await assert.rejects(crew.uploads.start(dock.dockSn, { selections: dockLogs }), NoListingError)
  })
})

test('what passes is tried again, and no more than is asked for', async (t) => {
  const url = 'http://backend.example'

  await t.test('where the gateway throttles, a POST, too', async () => {
    const { asked, fetch } = answering([429, { message: 'Too Many Requests' }, { 'retry-after': '0' }])
    await groundcrew({ url, fetch, ...quick }).campaigns.abort('one')
    assert.equal(asked.length, 2)
  })

  await t.test('where it stays so, with the error of the last', async () => {
    const busy: [number, object] = [503, { message: 'Service Unavailable' }]
    const { asked, fetch } = answering(busy, busy, busy)
    const rejected = groundcrew({ url, fetch, retries: 2, ...quick })
      .docks.list()
      .all()
    await assert.rejects(rejected, { status: 503, title: 'Service Unavailable' })
    assert.equal(asked.length, 3)
  })

  await t.test('with a new token where the old one is over', async () => {
    const { asked, fetch } = answering([401, { message: 'Unauthorized' }])
    const tokens = ['old', 'new']
    const crew = groundcrew({ url, fetch, token: () => tokens.shift() ?? 'new', ...quick })
    await crew.docks.list().all()
    assert.deepEqual(asked, ['GET Bearer old', 'GET Bearer new'])
  })

  await t.test('but not what was refused', async () => {
    const { asked, fetch } = answering([401, { message: 'Unauthorized' }])
    const rejected = groundcrew({ url, fetch, token: 'old', ...quick })
      .docks.list()
      .all()
    await assert.rejects(rejected, { name: 'UnauthorizedError', status: 401 })
    assert.equal(asked.length, 1)
  })
})

test('a wait ends at its time limit, or by its signal', async (t) => {
  const url = 'http://backend.example'
  const listing = { id: 'x', dockSn: 'D', state: 'requested', modules: [] }
  const forever = async () => Response.json(listing)

  await t.test('after its time, with what was seen last', async () => {
    const crew = groundcrew({ url, fetch: forever })
    const wait = crew.listings.waitFor(listing, { ...soon, timeoutMs: 60 })
    await assert.rejects(wait, { name: 'WaitTimeoutError', record: listing })
  })

  await t.test('by its signal, with the reason', async () => {
    const stopper = new AbortController()
    const wait = groundcrew({ url, fetch: forever }).listings.waitFor(listing, {
      ...soon,
      signal: stopper.signal,
      onChange: () => stopper.abort(new Error('enough')),
    })
    await assert.rejects(wait, { message: 'enough' })
  })

  await t.test('only once the proof of every archive has come', async () => {
    const failed = { state: 'failed' }
    const uploaded = { state: 'uploaded', finishedAt: '2027-01-15T08:00:00.000Z' }
    const upload = { id: 'x', dockSn: 'D', state: 'partial' }
    const proofs = [{}, { verification: 'checksumDiffers' }, { deletedAt: '2027-01-15T08:01:00.000Z' }]
    const rest = proofs.map((proof) => ({ ...upload, archives: [failed, { ...uploaded, ...proof }] }))
    const silent = { ...upload, state: 'uploaded', archives: [{ state: 'uploaded' }] }
    for (const last of [...rest.slice(1), silent]) {
      const answers = [rest[0], rest[0], last]
      const crew = groundcrew({ url, fetch: async () => Response.json(answers.shift()) })
      assert.deepEqual(await crew.uploads.waitFor({ dockSn: 'D', id: 'x' }, soon), last)
    }
  })

  await t.test('not by a backend that is away for a while', async () => {
    const answers = [undefined, undefined, Response.json({ ...listing, state: 'received' })]
    const away: string[] = []
    const crew = groundcrew({
      url,
      retries: 0,
      fetch: async () => {
        const answer = answers.shift()
        if (answer === undefined) throw new TypeError('fetch failed')
        return answer
      },
    })
    const { state } = await crew.listings.waitFor(listing, {
      ...soon,
      onUnreachable: ({ message }) => void away.push(message),
    })
    assert.deepEqual([state, away.length], ['received', 2])
  })
})

test('no name leads to another route', async () => {
  for (const name of ['', '.', '..']) {
    const { asked, fetch } = answering()
    const crew = groundcrew({ url: 'http://127.0.0.1:9', fetch })
    await assert.rejects(crew.uploads.cancel({ dockSn: 'DOCK1', id: name }), { status: 404 })
    assert.deepEqual(asked, [])
  }
})

test('an answer that is none of the API’s is an ApiError', async (t) => {
  const crewOf = (answer: () => Response): Groundcrew =>
    groundcrew({ url: 'http://backend.example', retries: 0, fetch: async () => answer() })
  const cases: [name: string, answer: () => Response, told: object][] = [
    ['no JSON', () => new Response('<!doctype html>'), { status: 200, title: /does not answer as the API/ }],
    ['no record', () => Response.json('hello'), { title: /does not answer as the API/ }],
    ['no page', () => Response.json({}), { title: /no page of a list/ }],
    ['pages in a circle', () => Response.json({ items: [], next: 'a' }), { title: 'The list has no end' }],
    [
      'what every object has',
      () => Response.json({ type: 'x/constructor', title: 'No' }, { status: 400 }),
      { name: 'ApiError', status: 400, type: 'constructor' },
    ],
    [
      'broken off',
      () => new Response(new ReadableStream({ pull: (stream) => stream.error(new TypeError('terminated')) })),
      { name: 'UnreachableError', detail: 'terminated' },
    ],
  ]
  for (const [name, answer, told] of cases)
    await t.test(name, () => assert.rejects(crewOf(answer).docks.list().all(), told))
})

test('without an address it says which is missing', () => {
  for (const url of [undefined, '', '/v1', 'groundcrew.example.com', 'file:///tmp'])
    assert.throws(
      () => groundcrew(Object.assign({ url: '' }, { url })),
      /^TypeError: `url` has to be the address of the API/,
    )
})
