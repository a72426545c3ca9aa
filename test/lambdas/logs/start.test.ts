import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problems } from '../../../lambdas/http/reply.ts'
import { uploadOpener } from '../../../lambdas/logs/open.ts'
import { byBoot, docksToStart, Started } from '../../support/starting.ts'
import { jobEnded, minutes, opened, registersOf, seconds } from '../../support/upload-facts.ts'

describe('starting an upload', () => {
  const setUp = docksToStart()

  it('answers 202 with the upload, and where it is', async () => {
    const { dockSn, start, slot } = await setUp()
    const answer = await start()
    const { id, state, archives } = Started.parse(answer.body)
    assert.deepEqual(
      [answer.status, state, answer.headers.location],
      [202, 'requested', `/v1/docks/${dockSn}/log-uploads/${id}`],
    )
    assert.deepEqual(
      archives.map(({ module, bootIndexes }) => [module, bootIndexes]),
      [
        ['aircraft', [11]],
        ['dock', [2, 4]],
      ],
    )
    assert.equal(await slot(), id)
  })

  it('lends credentials for just its archives, and sends them with the command alone', async () => {
    const { api, dockSn, start } = await setUp()
    const answer = await start()
    const { id, archives } = Started.parse(answer.body)
    assert.deepEqual(api.lent, [
      {
        uploadId: id,
        dockSn,
        fleet: 'north',
        keys: archives.map(({ objectKey }) => objectKey),
        lifetimeSeconds: 3600,
      },
    ])
    const [command] = api.sent
    assert.equal(api.sent.length, 1)
    assert.equal(command?.topic, `thing/product/${dockSn}/services`)
    assert.equal(command?.expiresInSeconds, 15)
    const payload = JSON.parse(command?.payload ?? '')
    assert.deepEqual([payload.bid, payload.method], [id, 'fileupload_start'])
    assert.equal(payload.data.credentials.access_key_secret, 'lent-secret')
    assert.equal(payload.data.credentials.expire, opened + 3_600_000)
    assert.deepEqual(await api.commands.find(dockSn, payload.tid), { kind: 'start', subject: id })
    const stored = JSON.stringify(await api.uploads.get(dockSn, id))
    assert.doesNotMatch(answer.text + stored, /lent-|ASIAEXAMPLE/)
  })

  for (const what of ['issuer', 'broker'] as const)
    describe(`with a broken ${what}`, () => {
      it('is a 503 without internal details, frees the slot and sends the dock nothing', async () => {
        const { api, start, slot, uploads } = await setUp()
        api.broken.add(what)
        const answer = await start()
        assert.deepEqual([answer.status, answer.problem.name], [503, 'command-not-sent'])
        assert.doesNotMatch(answer.text, /internal text/)
        assert.deepEqual([await slot(), api.sent], [undefined, []])
        const [upload] = await uploads()
        assert.equal(upload?.hot.indexed.state, 'failed')
      })

      it('can be tried again with the same key', async () => {
        const { api, start, slot } = await setUp()
        const key = { 'idempotency-key': `broken-${what}` }
        api.broken.add(what)
        await start(byBoot, key)
        api.broken.clear()
        const again = await start(byBoot, key)
        assert.equal(again.status, 202)
        assert.equal(await slot(), Started.parse(again.body).id)
      })
    })

  it('is a 409 with the href of the upload in progress', async () => {
    const { api, dockSn, start } = await setUp()
    const { id } = Started.parse((await start()).body)
    const answer = await start()
    assert.deepEqual(
      [answer.status, answer.problem.name, answer.problem.href],
      [409, 'dock-busy', `/v1/docks/${dockSn}/log-uploads/${id}`],
    )
    assert.equal(api.sent.length, 1)
    assert.equal(api.lent.length, 1)
  })

  it('is a 409 that names the collection of the upload in progress', async () => {
    const { api, dockSn, start, slot, table } = await setUp()
    const dock = await api.docks.find(dockSn, 'all')
    const times = { now: opened, answerBy: opened + minutes(1), deadlineAt: opened + minutes(60) }
    const cause = { collectionId: 'warnings', kind: 'alarm' as const, at: new Date(opened).toISOString() }
    const selections = [{ module: 'dock' as const, bootIndexes: [2] }]
    const upload = { id: 'collected', commandId: 'c', requestedBy: 'groundcrew', selections, cause, ...times }
    await uploadOpener(table)(dock ?? assert.fail(), upload, undefined)
    const answer = await start()
    assert.deepEqual([answer.problem.name, await slot()], ['dock-busy', 'collected'])
    assert.match(answer.text, /of the collection warnings/)
  })

  it('takes a slot whose upload has timed out', async () => {
    const { api, start, slot, uploads } = await setUp()
    const first = Started.parse((await start()).body)
    api.clock.now = opened + seconds(15)
    const answer = await start()
    assert.equal(answer.status, 202)
    assert.equal(await slot(), Started.parse(answer.body).id)
    const old = (await uploads()).find(({ request }) => request.id === first.id)
    assert.equal(old?.hot.indexed.state, 'timedOut')
  })

  it('is possible again once the upload before has ended', async () => {
    const { api, dockSn, start } = await setUp()
    const { id } = Started.parse((await start()).body)
    await api.hot.record(dockSn, id, registersOf(jobEnded(seconds(5), 'uploaded')))
    assert.equal((await start()).status, 202)
  })

  describe('is refused', () => {
    const cases: [string, unknown, keyof typeof problems, string?][] = [
      [
        'for boots that the dock has not listed',
        { selections: [{ module: 'dock', bootIndexes: [1, 99] }] },
        'invalid-request',
        'selections[0].bootIndexes[1]',
      ],
      [
        'for a module twice',
        {
          selections: [
            { module: 'dock', bootIndexes: [1] },
            { module: 'dock', bootIndexes: [2] },
          ],
        },
        'invalid-request',
        'selections[1].module',
      ],
      [
        'for a time without logs',
        { selections: [{ module: 'dock', from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' }] },
        'invalid-request',
        'selections[0]',
      ],
      [
        'for a time that ends before it begins',
        { selections: [{ module: 'dock', from: '2027-01-02T00:00:00Z', to: '2027-01-01T00:00:00Z' }] },
        'invalid-request',
        'selections[0].to',
      ],
      [
        'for an end in the past',
        { ...byBoot, finishBy: '2026-01-01T00:00:00Z' },
        'invalid-request',
        'finishBy',
      ],
    ]
    for (const [name, body, problem, path] of cases)
      it(name, async () => {
        const { api, start, slot } = await setUp()
        const answer = await start(body)
        assert.deepEqual([answer.status, answer.problem.name], [problems[problem][0], problem])
        assert.deepEqual(
          answer.problem.errors?.map((error) => error.path),
          [path],
        )
        assert.deepEqual([await slot(), api.sent], [undefined, []])
      })

    it('before the dock has listed the logs of the module', async () => {
      const { api } = await setUp()
      await api.docks.register('UNLISTED', { fleet: 'north' }, 'all', opened)
      const start = () => api.call('startUpload', { params: { dockSn: 'UNLISTED' }, body: byBoot })
      const answer = await start()
      assert.deepEqual([answer.status, answer.problem.name], [409, 'no-listing'])
      assert.match(answer.text, /Request a listing first/)
      await api.call('requestListing', { params: { dockSn: 'UNLISTED' }, body: {} })
      assert.match((await start()).text, /Request a listing first/)
      api.clock.now += 3_600_000
      assert.match(
        (await start()).text,
        /The newest listing has no logs of the \w+\. The dock did not answer\./,
      )
    })

    it('for a dock that is not registered, or of another fleet', async () => {
      const { api, dockSn } = await setUp()
      const south = { sub: 'south', scope: 'groundcrew/operate@south' }
      for (const call of [
        { params: { dockSn: 'NOBODY' }, body: byBoot },
        { params: { dockSn }, body: byBoot, claims: south },
      ]) {
        const answer = await api.call('startUpload', call)
        assert.deepEqual([answer.status, answer.problem.name], [404, 'unknown-dock'])
      }
    })
  })

  it('by time takes the logs of that time', async () => {
    const { start } = await setUp()
    const at = (ms: number) => new Date(opened + ms).toISOString()
    const selections = [{ module: 'dock', from: at(-minutes(150)), to: at(-minutes(90)) }]
    const { archives } = Started.parse((await start({ selections })).body)
    assert.deepEqual(archives[0]?.bootIndexes, [2, 3])
  })
})
