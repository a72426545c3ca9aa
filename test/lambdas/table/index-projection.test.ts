import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { projectToIndex } from '../../../lambdas/table/index-projection.ts'
import { openTable } from '../../support/table.ts'

const key = { pk: 'P', sk: 'S' }

describe('an index entry', () => {
  /** What becomes of an entry for the registers as of `rev`, and the item after that. */
  const project = async (item: object | undefined, rev: number) => {
    const { table } = openTable()
    if (item) await table.client.send(new PutCommand({ TableName: table.name, Item: { ...key, ...item } }))
    const outcome = await projectToIndex(table, key, rev, { state: 'new' })
    const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key: key }))
    return [outcome, Item?.state]
  }

  it('is written for the registers from which it was computed', async () => {
    assert.deepEqual(await project({ rev: 3, state: 'old' }, 3), [{ state: 'old' }, 'new'])
    assert.deepEqual(await project({ rev: 0 }, 0), [{}, 'new'])
    assert.deepEqual(await project({}, 0), [{}, 'new'], 'an item from before `rev`')
  })

  it('is not written over one of newer registers, nor for an item that is gone', async () => {
    for (const rev of [0, 2]) {
      assert.deepEqual(await project({ rev: 3, state: 'old' }, rev), ['overtaken', 'old'])
      assert.deepEqual(await project(undefined, rev), ['overtaken', undefined])
    }
  })
})
