import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { BatchWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { hotUploads } from '../../../lambdas/logs/hot-upload.ts'
import { uploadReader } from '../../../lambdas/logs/store.ts'
import { dockStore } from '../../../lambdas/registry/store.ts'
import type { Table } from '../../../lambdas/table/client.ts'
import { uploadKeys } from '../../../lambdas/table/keys.ts'
import { BadCursor, type Page, type PageRequest } from '../../../lambdas/table/pages.ts'
import { wireBackend } from '../../support/backend.ts'
import { openTable } from '../../support/table.ts'
import { jobEnded, opened, seconds } from '../../support/upload-facts.ts'

/** All items of a list, page by page, with the sizes of the pages. */
const readPages = async <Item>(
  list: (request: PageRequest) => Promise<Page<Item>>,
  limit: number,
): Promise<{ items: Item[]; sizes: number[] }> => {
  const items: Item[] = []
  const sizes: number[] = []
  let cursor: string | undefined
  do {
    const page = await list({ limit, cursor })
    items.push(...page.items)
    sizes.push(page.items.length)
    cursor = page.next
  } while (cursor)
  return { items, sizes }
}

const putDocks = async ({ client, name }: Table, fleet: string, serials: readonly string[]) => {
  for (let at = 0; at < serials.length; at += 25) {
    const puts = serials.slice(at, at + 25).map((dockSn) => ({
      PutRequest: {
        Item: {
          pk: `DOCK#${dockSn}`,
          sk: 'DOCK',
          kind: 'dock',
          kindKey: `${fleet}#${dockSn}`,
          dockSn,
          fleet,
          createdAt: 1,
        },
      },
    }))
    await client.send(new BatchWriteCommand({ RequestItems: { [name]: puts } }))
  }
}

describe('a list of docks', () => {
  const world = openTable()
  before(async () => {
    const docks = dockStore(world.table)
    const names = [
      ['north', 'N1'],
      ['north', 'N2'],
      ['south', 'S1'],
      ['-x', 'D1'],
      ['north', 'N3'],
      ['default', 'D2'],
    ] as const
    for (const [fleet, dockSn] of names) await docks.register(dockSn, { fleet }, 'all', opened)
  })

  const list = (fleets: 'all' | string[]) => (request: PageRequest) =>
    dockStore(world.table).list(fleets, request)
  const names = async (fleets: 'all' | string[], limit = 200) =>
    (await readPages(list(fleets), limit)).items.map(({ dockSn }) => dockSn)

  it('has all of them, by fleet and serial number', async () =>
    assert.deepEqual(await names('all'), ['D1', 'D2', 'N1', 'N2', 'N3', 'S1']))

  it('has those of some fleets only', async () => {
    assert.deepEqual(await names(['south', 'default']), ['D2', 'S1'])
    assert.deepEqual(await names(['nowhere']), [])
    assert.deepEqual(await names([]), [])
  })

  it('is the same in pages of any size, and never ends with an empty page', async () => {
    for (const limit of [1, 2, 3, 4, 5, 6]) {
      const { items, sizes } = await readPages(list('all'), limit)
      assert.deepEqual(
        items.map(({ dockSn }) => dockSn),
        await names('all'),
      )
      assert.equal(sizes.length, Math.ceil(6 / limit))
    }
  })

  it('fills its pages although it leaves out other fleets', async () =>
    assert.deepEqual((await readPages(list(['north']), 2)).sizes, [2, 1]))

  it('finds the few of a fleet behind the many of another', async () => {
    const many = Array.from({ length: 520 }, (_, n) => `M${1000 + n}`)
    await putDocks(world.table, 'many', many)
    await putDocks(world.table, 'rare', ['R1', 'R2'])
    assert.deepEqual(await names(['rare'], 1), ['R1', 'R2'])
    assert.deepEqual(await names(['many'], 200), many)
  })

  it('reads a bounded part of the index for a page, and has a cursor', async () => {
    const crowded = openTable({ hasRates: false })
    const listed = (request: PageRequest) => dockStore(crowded.table).list(['zeta'], request)
    const many = Array.from({ length: 6000 }, (_, n) => `A${10_000 + n}`)
    await putDocks(crowded.table, 'crowd', many)
    await putDocks(crowded.table, 'zeta', ['Z1'])
    crowded.used.length = 0
    const first = await listed({ limit: 50 })
    const units = crowded.used.reduce((sum, one) => sum + one.units, 0)
    assert.deepEqual([first.items, typeof first.next], [[], 'string'])
    assert.ok(units <= 100, `${units} read units`)
    const { items, sizes } = await readPages(listed, 50)
    assert.deepEqual(
      items.map(({ dockSn }) => dockSn),
      ['Z1'],
    )
    assert.ok(sizes.length <= 4, String(sizes))
  })

  const encoded = (cursor: unknown) => Buffer.from(JSON.stringify(cursor)).toString('base64url')
  for (const [name, cursor] of [
    ['is no text of ours', 'next'],
    ['is empty inside', encoded({ kindKey: '', pk: '', sk: '' })],
    ['lacks a key', encoded({ kindKey: 'north#N1', pk: 'DOCK#N1' })],
    ['is longer than a key can be', encoded({ kindKey: 'n'.repeat(1100), pk: 'DOCK#N1', sk: 'DOCK' })],
  ] as const)
    it(`refuses a cursor that ${name}`, () => assert.rejects(list('all')({ cursor }), BadCursor))
})

describe('a list of uploads', () => {
  const world = openTable()
  let ids: string[] = []
  before(async () => {
    const backend = wireBackend(world.table)
    for (let n = 0; n < 6; n++) {
      backend.clock.now = opened + seconds(n)
      const { id, dockSn } = await backend.open(n < 4 ? 'DOCK1' : `DOCK${n}`)
      ids = [id, ...ids]
      if (n % 2 === 0)
        await hotUploads(world.table, () => backend.clock.now).record(
          dockSn,
          id,
          jobEnded(seconds(n), 'failed'),
        )
      else
        await hotUploads(world.table, () => backend.clock.now).record(
          dockSn,
          id,
          jobEnded(seconds(n), 'canceled'),
        )
    }
  })

  const read = async (
    query: Parameters<ReturnType<typeof uploadReader>['ofFleets']>[1] = {},
    limit = 200,
    fleets: 'all' | string[] = 'all',
  ) => {
    const { items, sizes } = await readPages(
      (request) => uploadReader(world.table).ofFleets(fleets, query, request),
      limit,
    )
    return { ids: items.map(({ request }) => request.id), sizes }
  }

  it('has the newest first, in pages of any size', async () => {
    for (const limit of [1, 2, 4, 6, 7]) assert.deepEqual((await read({}, limit)).ids, ids)
  })

  it('is narrowed by state, in full pages', async () => {
    const { ids: failed, sizes } = await read({ state: ['failed'] }, 2)
    assert.deepEqual(failed, [ids[1], ids[3], ids[5]])
    assert.deepEqual(sizes, [2, 1])
  })

  it('is narrowed by fleet', async () => {
    assert.equal((await read({}, 200, ['north'])).ids.length, 6)
    assert.equal((await read({}, 200, ['south'])).ids.length, 0)
  })

  it('is narrowed by time: from the one on, up to before the other', async () => {
    const bounds = { createdAfter: opened + seconds(1), createdBefore: opened + seconds(3) }
    assert.deepEqual((await read(bounds)).ids, [ids[3], ids[4]])
    assert.deepEqual((await read({ createdAfter: opened + seconds(5) })).ids, [ids[0]])
    assert.deepEqual((await read({ createdBefore: opened })).ids, [])
  })

  it('is empty for a time that ends before it begins', async () =>
    assert.deepEqual((await read({ createdAfter: opened + seconds(3), createdBefore: opened })).ids, []))

  it('refuses a cursor of a page outside the time asked for', async () => {
    const reader = uploadReader(world.table)
    const { next } = await reader.ofFleets('all', {}, { limit: 4 })
    await assert.rejects(
      reader.ofFleets('all', { createdAfter: opened + seconds(4) }, { cursor: next }),
      BadCursor,
    )
  })

  it('of one dock has the newest first, in pages of any size', async () => {
    for (const limit of [1, 2, 3, 4, 5]) {
      const { items, sizes } = await readPages(
        (request) => uploadReader(world.table).ofDock('DOCK1', request),
        limit,
      )
      assert.deepEqual(
        items.map(({ request }) => request.id),
        ids.slice(2),
      )
      assert.ok(sizes.every((size) => size <= limit))
    }
  })

  it('of one dock continues after a megabyte, which is the limit of one query', async () => {
    const backend = wireBackend(world.table)
    const { client, name } = world.table
    for (let n = 0; n < 4; n++) {
      backend.clock.now = opened + seconds(n)
      const { id, dockSn } = await backend.open('DOCK9')
      await backend.hot.record(dockSn, id, jobEnded(seconds(n), 'failed'))
      await client.send(
        new UpdateCommand({
          TableName: name,
          Key: uploadKeys.request(dockSn, id),
          UpdateExpression: 'SET filler = :filler',
          ExpressionAttributeValues: { ':filler': 'x'.repeat(350_000) },
        }),
      )
    }
    const { items } = await readPages((request) => uploadReader(world.table).ofDock('DOCK9', request), 200)
    assert.equal(items.length, 4)
  })

  it('by ids has those that exist', async () => {
    const [first = ''] = ids
    const found = await uploadReader(world.table).statesOf([
      { dockSn: 'DOCK5', id: first },
      { dockSn: 'DOCK1', id: first },
    ])
    assert.deepEqual(
      found.map(({ dockSn }) => dockSn),
      ['DOCK5'],
    )
  })
})
