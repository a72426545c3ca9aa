import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb'
import { hotUploads } from '../../../lambdas/logs/hot-upload.ts'
import type { Predecessor } from '../../../lambdas/logs/open.ts'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { uploadKeys } from '../../../lambdas/table/keys.ts'
import { failingTable } from '../../support/failing-table.ts'
import { failedAt, openSeries } from '../../support/tries.ts'
import { ended, minutes, opened, registersOf, seconds, stored } from '../../support/upload-facts.ts'

const failedBoth = (['aircraft', 'dock'] as const).map((module) => ended(minutes(3), module, 'failed'))
const okBoth = (['aircraft', 'dock'] as const).flatMap((module) => [
  ended(minutes(4), module, 'uploaded'),
  stored(minutes(4), module),
])

describe('opening an upload that follows another', () => {
  /** A first upload that failed, and what opens one that follows an upload as it was when this was read. */
  const failed = async () => {
    const one = await openSeries()
    const { api, dockSn, first } = one
    const fail = (id: string) => one.tell(id, failedAt(minutes(1), 324019, 'aircraft', 'dock'))
    await fail(first)
    const dock = await api.docks.find(dockSn, 'all')
    assert.ok(dock)
    const follow = async (more: Partial<Predecessor> = {}, followed = first) => {
      const rev = (await api.uploads.get(dockSn, followed))?.hot.rev ?? 0
      const id = newId(opened)
      const times = { now: opened, answerBy: opened + seconds(15), deadlineAt: opened + minutes(65) }
      const selections = [{ module: 'dock' as const, bootIndexes: [1] }]
      const predecessor = {
        id: followed,
        rev,
        state: 'failed' as const,
        attempt: 1,
        first,
        isFirstKept: true,
        kind: 'retry' as const,
        ...more,
      }
      const upload = { id, commandId: newId(opened), ...times, requestedBy: 'ann', selections, predecessor }
      return { id, open: () => api.open(dock, upload, undefined) }
    }
    return { ...one, follow, fail }
  }

  it('succeeds only once, even if the successor has ended already', async () => {
    const { follow, fail, uploads, slot } = await failed()
    const [one, other] = [await follow(), await follow()]
    assert.equal((await one.open()).outcome, 'opened')
    await fail(one.id)
    assert.equal(await slot(), undefined)
    assert.equal((await other.open()).outcome, 'changed')
    assert.deepEqual([await uploads(), await slot()], [2, undefined])
  })

  it('fails if the upload has changed since', async () => {
    const { follow, tell, first, uploads } = await failed()
    const one = await follow()
    await tell(first, stored(minutes(2), 'dock'))
    assert.equal((await one.open()).outcome, 'changed')
    assert.equal(await uploads(), 1)
  })

  it('leaves the index right if another writer was about to update it', async () => {
    const { api, dockSn, first, follow, table: whole } = await failed()
    let second = ''
    // What the first one hears is written, and a later try is linked to it before the indexes are told.
    const table = failingTable(whole, async (call) => {
      if (second || !call.includes('#state = :state')) return undefined
      const next = await follow({ state: 'verified' })
      second = next.id
      assert.equal((await next.open()).outcome, 'opened')
      await api.hot.record(dockSn, second, registersOf(...failedBoth))
      assert.equal((await (await follow({ attempt: 2 }, second)).open()).outcome, 'opened')
      return undefined
    })
    await hotUploads(table, () => api.clock.now).record(dockSn, first, registersOf(...okBoth))
    for (const [id, state] of [
      [first, 'verified'],
      [second, 'failed'],
    ] as const) {
      const upload = await api.uploads.get(dockSn, id)
      assert.equal(upload?.hot.indexed.state, state)
    }
  })

  it('fails if the first upload of the series expires meanwhile, which does not come back', async () => {
    const { api, dockSn, first, follow, fail, table } = await failed()
    const second = await follow()
    await second.open()
    await fail(second.id)
    const third = await follow({ attempt: 2 }, second.id)
    const Key = uploadKeys.state(dockSn, first)
    await table.client.send(new DeleteCommand({ TableName: table.name, Key }))
    await assert.rejects(third.open())
    const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key }))
    assert.deepEqual([Item, await api.uploads.get(dockSn, third.id)], [undefined, undefined])
  })

  it('succeeds if the first upload of the series has expired', async () => {
    const { follow, fail, view } = await failed()
    const second = await follow()
    await second.open()
    await fail(second.id)
    const third = await follow({ attempt: 2, first: newId(opened), isFirstKept: false }, second.id)
    assert.equal((await third.open()).outcome, 'opened')
    assert.equal((await view(second.id)).retriedBy, third.id)
    assert.equal((await view(third.id)).attempt, 3)
  })
})
