import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HistoryEntry, historyStore } from '../../../lambdas/logs/history.ts'
import { BadCursor } from '../../../lambdas/table/pages.ts'
import { openTable } from '../../support/table.ts'
import { opened, seconds } from '../../support/upload-facts.ts'

describe('the history of an upload', () => {
  const world = openTable({ hasRates: false })
  let uploads = 0

  const newUpload = () => {
    uploads += 1
    const id = `upload${uploads}`
    const history = historyStore(world.table)
    const add = (at: number, action: HistoryEntry['action'], by = 'ann') =>
      history.add('DOCK1', id, { at: opened + at, by, action })
    const flood = (action: HistoryEntry['action'], times: number) =>
      Promise.all(Array.from({ length: times }, (_, n) => add(seconds(100 + n), action)))
    const shown = async () => {
      const { entries, isCut } = await history.shown('DOCK1', id)
      return { actions: entries.map(({ action }) => action), isCut }
    }
    return { id, history, add, flood, shown }
  }

  it('is shown whole, oldest first, while it is short', async () => {
    const { add, shown } = newUpload()
    await add(seconds(3), 'download dock')
    await add(seconds(1), 'start')
    await add(seconds(2), 'cancel dock')
    assert.deepEqual(await shown(), { actions: ['start', 'cancel dock', 'download dock'], isCut: false })
  })

  it('keeps when an archive was overwritten first', async () => {
    const { add, history, id } = newUpload()
    for (const at of [seconds(2), seconds(3)]) await add(at, 'overwritten dock')
    const { entries } = await history.shown('DOCK1', id)
    assert.deepEqual(
      entries.map(({ at }) => at - opened),
      [seconds(2)],
    )
  })

  it('shows only the newest downloads', async () => {
    const { add, flood, history, id } = newUpload()
    await add(0, 'start')
    await flood('download dock', 12)
    const { entries, isCut } = await history.shown('DOCK1', id)
    assert.equal(isCut, true)
    assert.deepEqual(
      entries.map(({ at }) => at - opened),
      [0, ...Array.from({ length: 10 }, (_, n) => seconds(102 + n))],
    )
  })

  const rare = ['start', 'credentials', 'delete dock', 'cancel', 'overwritten dock', 'retry x'] as const
  for (const flooding of ['download dock', 'cancel', 'credentials', 'retry y'] as const)
    it(`shows everything else, however often there is "${flooding}"`, async () => {
      const { add, flood, shown } = newUpload()
      for (const [n, action] of rare.entries()) await add(seconds(n), action)
      await flood(flooding, 250)
      const { actions, isCut } = await shown()
      const others = rare.filter((action) => action.split(' ')[0] !== flooding.split(' ')[0])
      assert.deepEqual(actions.slice(0, others.length), others)
      assert.ok(isCut && actions.includes(flooding) && actions.length <= rare.length + 50)
    })

  it('is all on its pages, newest first, each entry once', async () => {
    const { add, flood, history, id } = newUpload()
    await add(0, 'start')
    await flood('download dock', 120)
    for (const [n, action] of rare.entries()) await add(seconds(150 + n), action)
    for (const by of ['bob', 'ann', 'bob']) await add(seconds(150), 'cancel', by)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await history.page('DOCK1', id, { limit: 7, cursor })
      seen.push(...page.items.map(({ at, by, action }) => `${new Date(at).toISOString()} ${action} ${by}`))
      assert.ok(page.items.length === 7 || !page.next)
      cursor = page.next
    } while (cursor)
    assert.equal(seen.length, 1 + 120 + rare.length + 2)
    assert.equal(new Set(seen).size, seen.length)
    const times = seen.map((entry) => entry.slice(0, 24))
    assert.deepEqual(times, times.toSorted().reverse())
  })

  it('is of one upload of one dock', async () => {
    const { add, history, id } = newUpload()
    await add(0, 'start')
    assert.deepEqual(await history.page('DOCK2', id, {}), { items: [], next: undefined })
    assert.deepEqual((await history.page('DOCK1', `${id}0`, {})).items, [])
  })

  it('accepts names of callers of any length', async () => {
    const { add, history, id } = newUpload()
    const by = '\u{1f681}'.repeat(1000)
    await add(0, 'start', by)
    await add(0, 'start', `${by}!`)
    const { entries } = await history.shown('DOCK1', id)
    assert.deepEqual(entries.map(({ by }) => by.length).sort(), [2000, 2001])
  })

  it('refuses a cursor that is not from a page', async () => {
    const { history, id } = newUpload()
    for (const cursor of ['nonsense', '', '2027-01-15T08:00:00.000Z#start', '2027-01-15T08:00:00.000Z#\n#'])
      await assert.rejects(history.page('DOCK1', id, { cursor }), BadCursor)
  })

  it('costs a bounded number of reads, however long it is', async () => {
    const { flood, history, id } = newUpload()
    await flood('download dock', 600)
    world.used.length = 0
    await history.shown('DOCK1', id)
    const units = world.used.reduce((sum, one) => sum + one.units, 0)
    assert.ok(units <= 20, `${units} read units`)
  })
})
