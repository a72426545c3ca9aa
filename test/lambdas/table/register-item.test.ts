import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Facts, factsAhead } from '../../../lambdas/table/register-facts.ts'
import { type WriteOptions, writeRegisters } from '../../../lambdas/table/register-item.ts'
import { openTable } from '../../support/table.ts'

describe('registers of an item', () => {
  const world = openTable()
  let items = 0

  const newItem = () => {
    const key = { pk: `ITEM#${++items}`, sk: 'ITEM' }
    return {
      key,
      write: (facts: Facts, terms: WriteOptions = { conditions: [] }) =>
        writeRegisters(world.table, key, facts, terms),
    }
  }
  const fact = (order: string) => ({ order, at: 1 })

  it('come into being with the first write, which resolves to the item', async () => {
    const { key, write } = newItem()
    assert.deepEqual(await write({ latest: fact('1'), failed: undefined }), {
      ...key,
      latest: fact('1'),
      rev: 1,
    })
  })

  it('keep the greater order, whichever comes first, and count what was written', async () => {
    const { key, write } = newItem()
    await write({ latest: fact('5') })
    assert.deepEqual(await write({ latest: fact('7') }), { ...key, latest: fact('7'), rev: 2 })
    assert.deepEqual(await write({ latest: fact('6') }), { ...key, latest: fact('7'), rev: 2 })
    assert.deepEqual(
      await write({ latest: fact('7') }),
      { ...key, latest: fact('7'), rev: 2 },
      'the same again',
    )
  })

  it('are written all or none, and the call returns the item', async () => {
    const { key, write } = newItem()
    await write({ latest: fact('5') })
    assert.deepEqual(await write({ latest: fact('4'), failed: fact('9') }), {
      ...key,
      latest: fact('5'),
      rev: 1,
    })
  })

  it('are not written if a condition does not hold, nor to an item that does not exist', async () => {
    const { key, write } = newItem()
    const terms = { conditions: ['parentId = :parent'], values: { ':parent': 'p' } }
    assert.equal(await write({ latest: fact('5') }, terms), undefined)
    await write(
      { latest: fact('5') },
      { conditions: [], sets: ['parentId = :parent'], values: { ':parent': 'q' } },
    )
    assert.deepEqual(await write({ latest: fact('6') }, terms), {
      ...key,
      latest: fact('5'),
      parentId: 'q',
      rev: 1,
    })
  })

  it('end with the greatest when many write at once', async () => {
    const { write } = newItem()
    const orders = Array.from({ length: 20 }, (_, n) => String(10 + ((n * 7) % 20)))
    await Promise.all(orders.map((order) => write({ latest: fact(order) })))
    assert.deepEqual((await write({ latest: fact('00') }))?.latest, fact('29'))
  })

  it('are ahead of lesser and missing ones', () => {
    const known = { same: fact('3'), less: fact('2'), more: fact('4') }
    const some = { same: fact('3'), less: fact('3'), more: fact('3'), missing: fact('0'), none: undefined }
    assert.deepEqual(factsAhead(some, known), { less: fact('3'), missing: fact('0') })
  })
})
