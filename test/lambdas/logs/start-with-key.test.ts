import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { everything } from '../../support/http-calls.ts'
import { byBoot, docksToStart, Started } from '../../support/starting.ts'
import { jobEnded, registersOf, seconds } from '../../support/upload-facts.ts'

describe('starting an upload', () => {
  const setUp = docksToStart()

  describe('with an Idempotency-Key', () => {
    const key = { 'idempotency-key': 'once' }
    const keyed = async () => {
      const world = await setUp()
      const own = { 'idempotency-key': `once-${world.dockSn}` }
      return { ...world, own }
    }

    it('starts one upload, however often it comes', async () => {
      const { api, start, own } = await keyed()
      const first = Started.parse((await start(byBoot, own)).body)
      const again = await start(byBoot, own)
      assert.deepEqual([again.status, Started.parse(again.body).id], [202, first.id])
      assert.equal(api.sent.length, 1)
    })

    it('returns the upload that it made rather than a conflict with it', async () => {
      const { api, dockSn, start, own } = await keyed()
      const { id } = Started.parse((await start(byBoot, own)).body)
      await api.hot.record(dockSn, id, registersOf(jobEnded(seconds(5), 'failed', 324018)))
      const again = await start(byBoot, own)
      assert.deepEqual([again.status, Started.parse(again.body).state], [202, 'failed'])
    })

    it('is a 422 with another body, on another dock, or in another caller’s name a new request', async () => {
      const { api, start, own, dockSn } = await keyed()
      await start(byBoot, own)
      const another = await start({ selections: [{ module: 'dock', bootIndexes: [1] }] }, own)
      assert.deepEqual([another.status, another.problem.name], [422, 'idempotency-key-reused'])
      await api.listedDock('DOCKX')
      const elsewhere = await api.call('startUpload', {
        params: { dockSn: 'DOCKX' },
        body: byBoot,
        headers: own,
      })
      assert.equal(elsewhere.problem.name, 'idempotency-key-reused')
      const bob = { ...everything, sub: 'bob' }
      const other = await api.call('startUpload', {
        params: { dockSn },
        body: byBoot,
        headers: own,
        claims: bob,
      })
      assert.equal(other.problem.name, 'dock-busy')
    })

    for (const bad of ['', 'with space', 'x'.repeat(201), 'ümlaut'])
      it(`refuses a key such as "${bad.slice(0, 12)}"`, async () => {
        const { start, slot } = await setUp()
        const answer = await start(byBoot, { ...key, 'idempotency-key': bad })
        assert.deepEqual([answer.status, answer.problem.name], [422, 'invalid-request'])
        assert.equal(await slot(), undefined)
      })
  })
})
