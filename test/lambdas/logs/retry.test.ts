import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Upload } from '../../../lambdas/logs/shapes.ts'
import { arrivedAt, contentOf, failedAt, openSeries } from '../../support/tries.ts'
import { answered, ended, minutes, opened, seconds, uploading } from '../../support/upload-facts.ts'

const network = 324019
const malformed = 325001

describe('retrying an upload', () => {
  /** An upload whose aircraft archive arrived and whose dock archive failed. */
  const failing = async (result = network, body?: Record<string, unknown>) => {
    const one = await openSeries(body)
    await one.tell(one.first, arrivedAt(minutes(1), 'aircraft'), failedAt(minutes(1), result, 'dock'))
    one.at(minutes(2))
    return one
  }
  const hrefOf = ({ dockSn }: { dockSn: string }, id: string) => `/v1/docks/${dockSn}/log-uploads/${id}`

  it('starts another one, of the archives that did not arrive', async () => {
    const one = await failing(network, { note: 'hard landing' })
    const answer = await one.retry(one.first)
    const second = Upload.parse(answer.body)
    assert.deepEqual([answer.status, answer.headers.location], [202, hrefOf(one, second.id)])
    assert.deepEqual(
      [contentOf(second), second.attempt, second.retryOf, second.startedAs, second.requestedBy, second.note],
      ['d1,2,3,4', 2, one.first, 'retry', 'machine-1', 'hard landing'],
    )
    assert.equal(await one.slot(), second.id)
    assert.equal(one.api.lent[1]?.uploadId, second.id)
    assert.equal(JSON.parse(one.api.sent[1]?.payload ?? '{}').bid, second.id)
    const { retriedBy, latestTry } = await one.view(one.first)
    assert.deepEqual([retriedBy, latestTry], [second.id, second.id])
    assert.deepEqual((await one.history(one.first)).at(-1), `machine-1 retry ${second.id}`)
  })

  it('goes on from the newest try, whichever is named', async () => {
    const one = await failing()
    const second = Upload.parse((await one.retry(one.first)).body)
    await one.tell(second.id, failedAt(minutes(3), network, 'dock'))
    const third = Upload.parse((await one.retry(one.first)).body)
    assert.deepEqual([third.attempt, third.retryOf], [3, one.first])
    await one.tell(third.id, failedAt(minutes(4), network, 'dock'))
    const fourth = Upload.parse((await one.retry(second.id)).body)
    assert.deepEqual([fourth.attempt, (await one.view(one.first)).latestTry], [4, fourth.id])
    assert.equal((await one.view(second.id)).retriedBy, third.id)
  })

  it('starts only once for concurrent requests', async () => {
    const one = await failing()
    const answers = await Promise.all(Array.from({ length: 8 }, () => one.retry(one.first)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [202, ...Array(7).fill(409)])
    assert.deepEqual([await one.uploads(), one.api.lent.length], [2, 2])
  })

  it('with a key answers a repeat with the try it started, and refuses the key for another request', async () => {
    const one = await failing()
    const headers = { 'idempotency-key': `retry-${one.dockSn}` }
    const first = await one.retry(one.first, { headers })
    const again = await one.retry(one.first, { headers })
    assert.equal(Upload.parse(again.body).id, Upload.parse(first.body).id)
    const other = await one.retry(one.first, { headers, body: { note: 'another' } })
    assert.equal(other.problem.name, 'idempotency-key-reused')
    assert.equal(await one.uploads(), 2)
  })

  it('can be tried again with the same key when it could not be sent', async () => {
    const one = await failing()
    const headers = { 'idempotency-key': `unsent-${one.dockSn}` }
    one.api.broken.add('broker')
    assert.equal((await one.retry(one.first, { headers })).problem.name, 'command-not-sent')
    one.api.broken.clear()
    const again = Upload.parse((await one.retry(one.first, { headers })).body)
    assert.deepEqual([again.attempt, again.state], [3, 'requested'])
  })

  it('keeps a finishBy in the future, and accepts another', async () => {
    const soon = new Date(opened + minutes(10)).toISOString()
    const later = new Date(opened + minutes(40)).toISOString()
    const kept = await failing(network, { finishBy: soon })
    assert.equal(Upload.parse((await kept.retry(kept.first)).body).finishBy, soon)
    const past = await failing(network, { finishBy: soon })
    past.at(minutes(11))
    assert.equal(Upload.parse((await past.retry(past.first)).body).finishBy, undefined)
    const other = await failing(network, { finishBy: soon })
    const answer = await other.retry(other.first, { body: { finishBy: later } })
    assert.equal(Upload.parse(answer.body).finishBy, later)
    const bad = await failing()
    const refused = await bad.retry(bad.first, { body: { finishBy: new Date(opened).toISOString() } })
    assert.deepEqual(
      refused.problem.errors?.map(({ path }) => path),
      ['finishBy'],
    )
  })

  it('does not use up the automatic retries of the request', async () => {
    const one = await failing(network, { retries: 2 })
    assert.equal(Upload.parse((await one.retry(one.first)).body).retriesLeft, 2)
  })

  it('divides an upload with too many logs', async () => {
    const one = await failing(324012)
    const half = Upload.parse((await one.retry(one.first)).body)
    assert.deepEqual([contentOf(half), half.startedAs, half.partsLeft], ['d1,2', 'half', 1])
  })

  it('continues with the remaining parts if nothing failed', async () => {
    const one = await failing(324012)
    const half = Upload.parse((await one.retry(one.first)).body)
    await one.tell(half.id, arrivedAt(minutes(3), 'dock'))
    const rest = Upload.parse((await one.retry(one.first)).body)
    assert.deepEqual([contentOf(rest), rest.startedAs], ['d3,4', 'part'])
  })

  it('goes back to what an automatic retry left out, once the rest has arrived', async () => {
    const one = await openSeries({ retries: 1 })
    await one.tell(
      one.first,
      failedAt(minutes(1), network, 'aircraft'),
      failedAt(minutes(1), malformed, 'dock'),
    )
    await one.tick(minutes(3))
    const second = await one.newest()
    assert.equal(contentOf(second), 'a11,12')
    await one.tell(second.id, arrivedAt(minutes(4), 'aircraft'))
    one.at(minutes(5))
    const third = Upload.parse((await one.retry(second.id)).body)
    assert.deepEqual(
      [contentOf(third), third.startedAs, third.attempt, third.retryOf],
      ['d1,2,3,4', 'retry', 3, one.first],
    )
    await one.tell(third.id, arrivedAt(minutes(6), 'dock'))
    assert.equal((await one.retry(one.first)).problem.name, 'nothing-to-retry')
  })

  describe('is refused', () => {
    it('while a try is open, with its href', async () => {
      const one = await failing()
      const { id } = Upload.parse((await one.retry(one.first)).body)
      const answer = await one.retry(one.first)
      assert.deepEqual(
        [answer.status, answer.problem.name, answer.problem.href],
        [409, 'upload-open', hrefOf(one, id)],
      )
    })

    it('if everything has arrived', async () => {
      const one = await openSeries()
      await one.tell(one.first, arrivedAt(minutes(1), 'aircraft', 'dock'))
      assert.equal((await one.retry(one.first)).problem.name, 'nothing-to-retry')
    })

    it('if a part is left, but an archive before it never arrived and was deleted', async () => {
      const one = await failing(324012)
      const half = Upload.parse((await one.retry(one.first)).body)
      await one.tell(half.id, failedAt(minutes(3), malformed, 'dock'))
      one.at(minutes(4))
      const params = { dockSn: one.dockSn, id: half.id, module: 'dock' }
      assert.equal((await one.api.call('deleteArchive', { params })).status, 204)
      assert.equal((await one.retry(one.first)).problem.name, 'nothing-to-retry')
    })

    it('if every archive failed permanently, but not if one arrived', async () => {
      const one = await openSeries()
      await one.tell(one.first, failedAt(minutes(1), malformed, 'aircraft', 'dock'))
      const answer = await one.retry(one.first)
      assert.deepEqual([answer.status, answer.problem.name], [409, 'nothing-to-retry'])
      const partly = await failing(malformed)
      assert.equal((await partly.retry(partly.first)).status, 202)
    })

    it('for an upload that was canceled', async () => {
      const one = await openSeries()
      await one.tell(
        one.first,
        ended(minutes(1), 'aircraft', 'canceled'),
        ended(minutes(1), 'dock', 'canceled'),
      )
      assert.equal((await one.retry(one.first)).problem.name, 'nothing-to-retry')
    })

    it('while the dock has another upload in progress, with its href', async () => {
      const one = await failing()
      const other = await one.api.call('startUpload', {
        params: { dockSn: one.dockSn },
        body: { selections: [{ module: 'dock', bootIndexes: [1] }] },
      })
      const answer = await one.retry(one.first)
      assert.deepEqual([answer.problem.name, answer.problem.href], ['dock-busy', other.headers.location])
      assert.equal((await one.view(one.first)).retriedBy, undefined)
    })

    it('for an upload or dock that does not exist or is in another fleet', async () => {
      const one = await failing()
      const south = { claims: { sub: 'south', scope: 'groundcrew/operate@south' } }
      assert.equal((await one.retry(one.first, south)).problem.name, 'unknown-dock')
      const nobody = await one.retry('01a2007d-9454-73be-b8f5-93b4ed62cbdd')
      assert.equal(nobody.problem.name, 'not-found')
    })
  })

  it('does not keep a late report from correcting the earlier try', async () => {
    const one = await openSeries()
    await one.tell(one.first, answered(seconds(1)))
    one.at(minutes(66))
    const second = Upload.parse((await one.retry(one.first)).body)
    await one.tell(second.id, uploading(minutes(67), 'dock'))
    await one.tell(one.first, arrivedAt(minutes(68), 'aircraft', 'dock'))
    assert.equal((await one.view(one.first)).state, 'verified')
    assert.deepEqual([await one.slot(), (await one.view(second.id)).state], [second.id, 'uploading'])
  })
})
