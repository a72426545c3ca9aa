import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  arrivedAt,
  contentOf,
  failedAt,
  failingSeries,
  networkFailure,
  openSeries,
} from '../../support/tries.ts'
import { answered, minutes, seconds } from '../../support/upload-facts.ts'

const tooMany = 324012

describe('the automatic follow-up of an upload', () => {
  const retries = { retries: 2 }
  const failing = (body: Record<string, unknown> = retries) => failingSeries(body)

  it('retries what did not arrive, a minute later, with credentials of its own', async () => {
    const one = await failing()
    const { api, first, dockSn } = one
    assert.deepEqual((await one.view(first)).nextTry, { at: '2027-01-15T08:03:00.000Z', kind: 'retry' })
    assert.equal(await one.due(first), `followed at ${minutes(3)}`)
    await one.tick(minutes(3) - 1)
    assert.equal(await one.uploads(), 1)
    await one.tick(minutes(3))
    const second = await one.newest()
    assert.deepEqual(
      [contentOf(second), second.state, second.attempt, second.retryOf, second.startedAs, second.requestedBy],
      ['d1,2,3,4', 'requested', 2, first, 'retry', 'groundcrew'],
    )
    assert.equal(second.retriesLeft, 1)
    const [lent] = api.lent.slice(1)
    assert.deepEqual(
      [lent?.uploadId, lent?.keys],
      [second.id, [`north/${dockSn}/2027-01-15/${second.id}/dock.tar`]],
    )
    const sent = JSON.parse(api.sent[1]?.payload ?? '{}')
    assert.deepEqual([sent.bid, sent.method], [second.id, 'fileupload_start'])
    assert.equal(await one.slot(), second.id)
    const { retriedBy, latestTry, nextTry } = await one.view(first)
    assert.deepEqual([retriedBy, latestTry, nextTry], [second.id, second.id, undefined])
    assert.equal(await one.due(first), undefined)
    assert.deepEqual((await one.history(first)).at(-1), `groundcrew retry ${second.id}`)
    assert.deepEqual(await one.history(second.id), ['groundcrew start'])
  })

  it('starts once, however often and whenever the sweep runs', async () => {
    const one = await failing()
    one.at(minutes(3))
    await Promise.all(Array.from({ length: 8 }, () => one.api.continueUploads()))
    await one.tick(minutes(3))
    assert.equal(await one.uploads(), 2)
    assert.equal(one.api.lent.length, 2)
  })

  it('waits longer each time, and ends after the retries that the request allows', async () => {
    const one = await failing({ retries: 2 })
    await one.tick(minutes(3))
    const second = await one.newest()
    await one.tell(second.id, failedAt(minutes(4), networkFailure, 'dock'))
    await one.tick(minutes(6) - 1)
    assert.equal(await one.uploads(), 2)
    await one.tick(minutes(6))
    const third = await one.newest()
    assert.deepEqual([third.attempt, third.retryOf, third.retriesLeft], [3, one.first, undefined])
    assert.equal((await one.view(one.first)).latestTry, third.id)
    assert.equal((await one.view(second.id)).retriedBy, third.id)
    await one.tell(third.id, failedAt(minutes(7), networkFailure, 'dock'))
    assert.equal((await one.view(third.id)).nextTry, undefined)
    await one.tick(minutes(30))
    assert.equal(await one.uploads(), 3)
  })

  it('does not happen if neither the request nor the deployment allows retries', async () => {
    const none = await failing({})
    assert.equal((await none.view(none.first)).nextTry, undefined)
    const some = await openSeries({}, { autoRetries: 1 })
    assert.equal((await some.view(some.first)).retriesLeft, 1)
    const refused = await openSeries({ retries: 0 }, { autoRetries: 1 })
    assert.equal((await refused.view(refused.first)).retriesLeft, undefined)
  })

  it('follows a timed-out upload', async () => {
    const one = await openSeries(retries)
    await one.tick(minutes(1))
    assert.equal((await one.view(one.first)).state, 'timedOut')
    await one.tick(seconds(15) + minutes(1))
    assert.equal((await one.newest()).attempt, 2)
  })

  it('waits up to an hour while the dock is busy, and is then dropped', async () => {
    const one = await failing()
    const other = await one.api.call('startUpload', {
      params: { dockSn: one.dockSn },
      body: { selections: [{ module: 'dock', bootIndexes: [1] }] },
    })
    const otherId = String(other.headers.location).split('/').at(-1) ?? ''
    await one.tell(otherId, answered(minutes(50)))
    one.at(minutes(50))
    await one.tick(minutes(50))
    assert.deepEqual([await one.slot(), await one.uploads()], [otherId, 2])
    assert.equal(await one.due(one.first), `followed at ${minutes(3)}`)
    await one.tick(minutes(63))
    assert.equal(await one.due(one.first), undefined)
  })

  it('counts a try that could not be sent', async () => {
    const one = await failing({ retries: 2 })
    one.api.broken.add('issuer')
    await one.tick(minutes(3))
    const second = await one.newest()
    assert.deepEqual([second.state, second.failure?.code, await one.slot()], ['failed', 'notSent', undefined])
    one.api.broken.clear()
    await one.tick(minutes(5))
    const third = await one.newest()
    assert.deepEqual([third.state, third.attempt], ['requested', 3])
  })

  it('uploads halves, one after the other, if the dock reported too many logs', async () => {
    const one = await openSeries({})
    await one.tell(one.first, failedAt(minutes(2), tooMany, 'aircraft', 'dock'))
    const ids = [one.first]
    const contents: string[] = []
    for (let n = 1; n <= 2; n++) {
      await one.tick(minutes(2 + n))
      const next = await one.newest()
      contents.push(
        `${contentOf(next)} ${next.startedAs} ${next.partsLeft ?? 0} ${next.retryOf === one.first}`,
      )
      ids.push(next.id)
      await one.tell(next.id, arrivedAt(minutes(2 + n), 'aircraft', 'dock'))
    }
    assert.deepEqual(contents, ['a11 d1,2 half 1 true', 'a12 d3,4 part 0 true'])
    await one.tick(minutes(10))
    assert.equal(await one.uploads(), 3)
    assert.deepEqual((await one.history(one.first)).slice(1), [
      `groundcrew half ${ids[1]}`,
      `groundcrew part ${ids[2]}`,
    ])
  })

  it('stops halving when nothing is left to halve', async () => {
    const one = await openSeries({ selections: [{ module: 'dock', bootIndexes: [1, 2, 3] }] })
    await one.tell(one.first, failedAt(minutes(1), tooMany, 'dock'))
    await one.tick(minutes(2))
    const half = await one.newest()
    await one.tell(half.id, failedAt(minutes(3), tooMany, 'dock'))
    await one.tick(minutes(4))
    const quarter = await one.newest()
    assert.deepEqual([contentOf(quarter), quarter.partsLeft], ['d1', 2])
    await one.tell(quarter.id, failedAt(minutes(5), tooMany, 'dock'))
    await one.tick(minutes(10))
    assert.equal(await one.uploads(), 3)
  })

  it('continues with other uploads if one fails', async () => {
    const one = await failing()
    const other = await failingSeries(retries, {}, one.table)
    const { uploads } = one.api
    const get = uploads.get
    uploads.get = async (dockSn, id) => {
      if (id === one.first) throw new Error('out of order')
      return get(dockSn, id)
    }
    await one.tick(minutes(3))
    assert.deepEqual([await one.uploads(), await other.uploads()], [1, 2])
  })
})
