import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { delayAfter, dueItems } from '../../../lambdas/sweeps/due-items.ts'
import { overtaken } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'

const key = { pk: 'P', sk: 'S' }

describe('an item that a sweep postpones', () => {
  const world = openTable()

  const put = (item: object) => {
    const Item = { ...key, ...item }
    return world.table.client.send(new PutCommand({ TableName: world.table.name, Item }))
  }
  const checkAt = async () =>
    (await world.table.client.send(new GetCommand({ TableName: world.table.name, Key: key }))).Item?.checkAt
  const postponeAt = async (now: number) => {
    await dueItems(world.table, 'k').postpone(key, now)
    return checkAt()
  }

  it('waits less than a minute at first, and twice as long at each further failure', async () => {
    await put({ dueKind: 'k', checkAt: 1_000 })
    assert.equal(await postponeAt(60_000), 105_000)
    assert.equal(await postponeAt(120_000), 210_000)
    assert.equal(await postponeAt(240_000), 420_000)
  })

  it('is postponed once by two concurrent runs', async () => {
    await put({ dueKind: 'k', checkAt: 1_000 })
    await Promise.all([postponeAt(60_000), postponeAt(60_000)])
    assert.equal(await checkAt(), 105_000)
  })

  it('is left alone if it is no longer due, or due for something else', async () => {
    for (const item of [{}, { dueKind: 'other', checkAt: 1_000 }, { dueKind: 'k', checkAt: 60_001 }]) {
      await put(item)
      assert.equal(await postponeAt(60_000), 'checkAt' in item ? item.checkAt : undefined)
    }
  })

  it('is left alone if it has changed meanwhile', async () => {
    for (const changed of [
      { dueKind: 'k', checkAt: 900 },
      { dueKind: 'other', checkAt: 1_000 },
    ]) {
      await put({ dueKind: 'k', checkAt: 1_000 })
      const table = overtaken(world.table, /^UpdateCommand/, () => put(changed))
      await dueItems(table, 'k').postpone(key, 60_000)
      assert.equal(await checkAt(), changed.checkAt)
    }
  })

  it('waits at most a quarter of an hour, and starts over after it went well for a while', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_600_000 }), { minLength: 1 }), (gaps) => {
        let [now, last] = [0, { until: Number.NEGATIVE_INFINITY, delay: 0 }]
        for (const gap of gaps) {
          now += gap
          const delay = delayAfter(last, now)
          assert.ok(delay >= 45_000 && delay <= 900_000)
          if (now >= last.until + 300_000) assert.equal(delay, 45_000)
          last = { until: now + delay, delay }
        }
      }),
    )
  })
})
