import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Problem } from '../../../lambdas/http/shapes.ts'
import type { LongUploads } from '../../../lambdas/logs/long-uploads.ts'
import { Logs, Upload } from '../../../lambdas/logs/shapes.ts'
import { arrivedAt, contentOf, failedAt, networkFailure, openSeries } from '../../support/tries.ts'
import { answered, minutes, opened, registersOf, seconds } from '../../support/upload-facts.ts'

/** Each listed log has 1,000 bytes; the dock brings one in `secondsEach`. */
describe('an upload that would take long', () => {
  /** A dock that has shown that it takes so long for each of two logs, at a time when it is free again. */
  const measured = async (secondsEach: number, mode?: LongUploads) => {
    const first = { selections: [{ module: 'dock', bootIndexes: [1, 2] }] }
    const one = await openSeries(first, mode ? { longUploads: mode } : {})
    const end = 2 * secondsEach
    const facts = registersOf(answered(0), arrivedAt(seconds(end), 'dock'))
    await one.tell(one.first, facts)
    one.at(seconds(end) + minutes(1))
    const start = (more: object = {}) =>
      one.api.call('startUpload', {
        params: { dockSn: one.dockSn },
        body: { selections: [{ module: 'dock', bootIndexes: [1, 2, 3, 4] }], ...more },
      })
    return { ...one, start }
  }

  it('has an estimate once the rate of the dock is known', async () => {
    const one = await measured(60)
    assert.equal((await one.view(one.first)).estimatedSeconds, undefined)
    const logs = await one.api.call('getLogs', { params: { dockSn: one.dockSn } })
    assert.equal(Logs.parse(logs.body).bytesPerSecond, 2000 / 120)
    assert.equal(Upload.parse((await one.start()).body).estimatedSeconds, 240)
  })

  it('is refused, with the estimate, the limit and the selections that would fit', async () => {
    const one = await measured(1000)
    const answer = await one.start()
    const { status, estimatedSeconds, limitSeconds, selections, detail } = Problem.parse(answer.body)
    assert.deepEqual([answer.problem.name, status], ['upload-too-long', 422])
    assert.deepEqual([estimatedSeconds, limitSeconds], [4000, 3600])
    assert.deepEqual(selections, [{ module: 'dock', bootIndexes: [1, 2] }])
    assert.match(detail ?? '', /4000 s.*3600 s/)
    assert.deepEqual([await one.uploads(), await one.slot()], [1, undefined])
    assert.equal((await one.start({ selections })).status, 202)
  })

  it('is refused where it would not end by its finish', async () => {
    const one = await measured(60)
    const finishIn = (ms: number) => ({ finishBy: new Date(one.api.clock.now + ms).toISOString() })
    const refused = Problem.parse((await one.start(finishIn(seconds(239)))).body)
    assert.deepEqual(
      [refused.limitSeconds, refused.selections],
      [239, [{ module: 'dock', bootIndexes: [1, 2] }]],
    )
    assert.equal((await one.start(finishIn(seconds(240)))).status, 202)
  })

  it('is refused without selections if not even the first log fits', async () => {
    const one = await measured(3601, 'split')
    const refused = Problem.parse((await one.start()).body)
    assert.deepEqual([refused.limitSeconds, refused.selections], [3600, []])
    assert.match(refused.detail ?? '', /even its first log/)
  })

  it('is allowed, where the deployment says so', async () => {
    const one = await measured(1000, 'allow')
    assert.equal(Upload.parse((await one.start()).body).estimatedSeconds, 4000)
  })

  it('is divided, where the deployment says so, into uploads that follow one another', async () => {
    const one = await measured(1000, 'split')
    const first = Upload.parse((await one.start()).body)
    assert.deepEqual([contentOf(first), first.partsLeft, first.estimatedSeconds], ['d1,2', 1, 2000])
    const end = one.api.clock.now - opened + minutes(30)
    await one.tell(first.id, arrivedAt(end, 'dock'))
    one.at(end)
    await one.api.continueUploads()
    const second = await one.newest()
    assert.deepEqual(
      [
        contentOf(second),
        second.startedAs,
        second.retryOf,
        second.attempt,
        second.partsLeft,
        second.estimatedSeconds,
      ],
      ['d3,4', 'part', first.id, 2, undefined, 2000],
    )
  })

  it('is refused, though it could be divided, where the whole would not end by its finish', async () => {
    const one = await measured(1000, 'split')
    const finishIn = (ms: number) => ({ finishBy: new Date(one.api.clock.now + ms).toISOString() })
    const answer = await one.start(finishIn(seconds(3999)))
    const { estimatedSeconds, selections } = Problem.parse(answer.body)
    assert.deepEqual([answer.problem.name, estimatedSeconds], ['upload-too-long', 4000])
    assert.deepEqual(selections, [{ module: 'dock', bootIndexes: [1, 2] }])
    assert.equal((await one.start(finishIn(seconds(4000)))).status, 202)
  })

  describe('as another try', () => {
    /** An upload of four logs that the dock has failed with. */
    const failing = async (secondsEach: number, mode?: LongUploads) => {
      const one = await measured(secondsEach, mode)
      const { id } = Upload.parse((await one.start()).body)
      const end = one.api.clock.now - opened + minutes(1)
      await one.tell(id, failedAt(end, networkFailure, 'dock'))
      one.at(end + minutes(1))
      const retryIn = (ms: number) =>
        one.retry(id, { body: { finishBy: new Date(one.api.clock.now + ms).toISOString() } })
      return { ...one, id, retryIn }
    }

    it('is refused where it would not end by its finish', async () => {
      const one = await failing(60)
      const answer = await one.retryIn(seconds(239))
      const { estimatedSeconds, limitSeconds } = Problem.parse(answer.body)
      assert.deepEqual([answer.problem.name, estimatedSeconds, limitSeconds], ['upload-too-long', 240, 239])
      assert.equal((await one.view(one.id)).retriedBy, undefined)
      assert.equal((await one.retryIn(seconds(240))).status, 202)
    })

    it('is refused where the parts after it would not end by its finish', async () => {
      const one = await failing(1000, 'split')
      const answer = await one.retryIn(seconds(3999))
      assert.deepEqual(
        [answer.problem.name, Problem.parse(answer.body).estimatedSeconds],
        ['upload-too-long', 4000],
      )
      const again = Upload.parse((await one.retryIn(seconds(4000))).body)
      assert.deepEqual([contentOf(again), again.partsLeft, again.estimatedSeconds], ['d1,2', 1, 2000])
    })

    it('is allowed, where the deployment says so', async () => {
      const one = await failing(60, 'allow')
      assert.equal((await one.retryIn(seconds(239))).status, 202)
    })
  })

  it('begins no part that could not end by the finish', async () => {
    const one = await measured(1000, 'split')
    const finishBy = new Date(one.api.clock.now + seconds(4000)).toISOString()
    const first = Upload.parse((await one.start({ finishBy })).body)
    assert.equal(first.partsLeft, 1)
    const end = one.api.clock.now - opened + seconds(3100)
    await one.tell(first.id, arrivedAt(end, 'dock'))
    one.at(end)
    await one.api.continueUploads()
    assert.equal((await one.newest()).id, first.id)
    one.at(end + seconds(900))
    await one.api.continueUploads()
    assert.deepEqual(
      [(await one.newest()).id, (await one.api.uploads.get(one.dockSn, first.id))?.hot.indexed.checkAt],
      [first.id, undefined],
    )
  })
})
