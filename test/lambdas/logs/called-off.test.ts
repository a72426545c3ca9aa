import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { arrivedAt, failedAt, failingSeries, networkFailure, openSeries } from '../../support/tries.ts'
import { answered, cancelled, ended, minutes, opened, uploading } from '../../support/upload-facts.ts'

describe('the automatic follow-up of an upload', () => {
  const retries = { retries: 2 }
  const failing = (body: Record<string, unknown> = retries) => failingSeries(body)

  it('is called off by a late report of the dock that all is well', async () => {
    const one = await openSeries(retries)
    await one.tell(one.first, failedAt(minutes(2), networkFailure, 'dock'))
    one.at(minutes(65))
    await one.tick(minutes(65))
    assert.equal(await one.due(one.first), `followed at ${minutes(66)}`)
    await one.tell(
      one.first,
      ended(minutes(1), 'dock', 'uploaded'),
      ended(minutes(64), 'aircraft', 'uploaded'),
    )
    assert.match(String(await one.due(one.first)), /^looked at/)
    await one.tell(one.first, arrivedAt(minutes(64), 'aircraft', 'dock'))
    await one.tick(minutes(70))
    assert.deepEqual([await one.uploads(), (await one.view(one.first)).state], [1, 'verified'])
  })

  it('is called off by a cancel between two tries', async () => {
    const one = await failing()
    const answer = await one.call('cancelUpload', one.first, { body: {} })
    assert.equal(answer.status, 202)
    assert.doesNotMatch(answer.text, /nextTry/)
    assert.equal(one.api.sent.length, 1, 'the dock need not hear of it')
    await one.tick(minutes(4))
    assert.equal(await one.uploads(), 1)
    assert.equal((await one.history(one.first)).at(-1), 'machine-1 cancel')
    const again = await one.call('cancelUpload', one.first, { body: {} })
    assert.equal(again.problem.name, 'upload-ended')
  })

  it('is called off by a cancel of one of two archives', async () => {
    const one = await openSeries(retries)
    await one.tell(one.first, arrivedAt(minutes(1), 'aircraft'))
    assert.equal((await one.call('cancelUpload', one.first, { body: { modules: ['dock'] } })).status, 202)
    await one.tell(one.first, failedAt(minutes(2), networkFailure, 'dock'))
    await one.tick(minutes(4))
    assert.equal(await one.uploads(), 1)
  })

  it('is called off by a cancel that names the first of several tries, while another is due', async () => {
    const one = await failing()
    await one.tick(minutes(3))
    const { id } = await one.newest()
    await one.tell(id, failedAt(minutes(4), networkFailure, 'dock'))
    one.at(minutes(5))
    const answer = await one.call('cancelUpload', one.first, { body: {} })
    const href = `/v1/docks/${one.dockSn}/log-uploads/${id}`
    assert.deepEqual([answer.status, answer.headers.location], [202, href])
    assert.doesNotMatch(answer.text, /nextTry/)
    await one.tick(minutes(8))
    assert.equal(await one.uploads(), 2)
    assert.equal((await one.history(id)).at(-1), 'machine-1 cancel')
    const again = await one.call('cancelUpload', one.first, { body: {} })
    assert.deepEqual([again.problem.name, again.problem.href], ['upload-ended', href])
  })

  it('ends with a cancel that names the first of several tries, while the newest is open', async () => {
    const one = await failing()
    await one.tick(minutes(3))
    const { id } = await one.newest()
    assert.equal((await one.call('cancelUpload', one.first, { body: {} })).status, 202)
    assert.equal(JSON.parse(one.api.sent.at(-1)?.payload ?? '{}').bid, id)
    assert.ok((await one.view(id)).cancelRequestedAt)
    await one.tell(id, failedAt(minutes(5), networkFailure, 'dock'))
    await one.tick(minutes(20))
    assert.equal(await one.uploads(), 2)
  })

  it('is not cancelled together with an earlier try that is open again', async () => {
    const one = await openSeries()
    await one.tell(one.first, answered(minutes(1)), cancelled(minutes(1)))
    one.at(minutes(7))
    const { status } = await one.retry(one.first)
    await one.tell(one.first, uploading(minutes(8), 'dock'))
    one.at(minutes(8))
    await one.call('cancelUpload', one.first, { body: {} })
    assert.deepEqual([status, JSON.parse(one.api.sent.at(-1)?.payload ?? '{}').bid], [202, one.first])
  })

  it('ends with a cancel of any try', async () => {
    const one = await failing()
    await one.tick(minutes(3))
    const { id } = await one.newest()
    await one.tell(id, answered(minutes(4)))
    await one.call('cancelUpload', id, { body: {} })
    await one.tell(id, failedAt(minutes(5), networkFailure, 'dock'))
    await one.tick(minutes(20))
    assert.equal(await one.uploads(), 2)
  })

  it('does not begin at or after its finishBy', async () => {
    const finishBy = new Date(opened + minutes(3)).toISOString()
    const one = await failing({ retries: 3, finishBy })
    assert.equal((await one.view(one.first)).nextTry, undefined)
    const later = await failing({ retries: 3, finishBy: new Date(opened + minutes(30)).toISOString() })
    await later.tick(minutes(3))
    assert.equal((await later.newest()).finishBy, '2027-01-15T08:30:00.000Z')
  })
})
