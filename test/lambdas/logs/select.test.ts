import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ModuleLogs } from '../../../lambdas/logs/listings/store.ts'
import { chooseLogs, type GivenSelection } from '../../../lambdas/logs/select.ts'

const at = (hour: number, minute = 0) => Date.UTC(2027, 0, 15, hour, minute)
const iso = (hour: number, minute = 0) => new Date(at(hour, minute)).toISOString()

const dockLogs = (...logs: [bootIndex: number, startTime: number, endTime: number][]): ModuleLogs => ({
  module: 'dock',
  listedAt: at(20),
  listingId: 'listing-1',
  logs: logs.map(([bootIndex, startTime, endTime]) => ({ bootIndex, startTime, endTime, sizeBytes: 1 })),
})
const threeHours = dockLogs([1, at(8), at(9)], [2, at(9), at(10)], [3, at(10), at(11)])

const bootsBetween = (from: string, to: string, listed: ModuleLogs = threeHours) => {
  const choice = chooseLogs([{ module: 'dock', from, to }], [listed])
  return choice.ok ? choice.chosen[0]?.bootIndexes : choice
}

describe('choosing logs by time', () => {
  it('takes every log that reaches into it', () =>
    assert.deepEqual(bootsBetween(iso(8, 30), iso(10, 30)), [1, 2, 3]))

  it('takes a log that spans all of it', () => assert.deepEqual(bootsBetween(iso(9, 10), iso(9, 20)), [2]))

  it('takes a log that ends as it begins, not one that begins as it ends', () =>
    assert.deepEqual(bootsBetween(iso(9), iso(10)), [1, 2]))

  it('takes a log whose end is not known, if it begins in it', () =>
    assert.deepEqual(bootsBetween(iso(9), iso(11), dockLogs([4, at(10), 0])), [4]))

  it('takes a log whose beginning is not known, only if it ends in it', () => {
    const listed = dockLogs([4, 0, at(10)], [5, at(9), at(10)])
    assert.deepEqual(bootsBetween(iso(9), iso(11), listed), [4, 5])
    assert.deepEqual(bootsBetween(iso(9), iso(9, 30), listed), [5])
  })

  it('leaves out a log of which no time is known', () =>
    assert.deepEqual(bootsBetween(iso(9), iso(11), dockLogs([4, 0, 0], [5, at(9), at(10)])), [5]))

  it('takes a boot once that is listed twice', () =>
    assert.deepEqual(bootsBetween(iso(8), iso(9), dockLogs([1, at(8), at(9)], [1, at(8), at(9)])), [1]))

  it('takes no more logs than a selection by boot may have, which is what a command can hold', () => {
    const many = dockLogs(
      ...Array.from({ length: 1001 }, (_, n): [number, number, number] => [n, at(8), at(9)]),
    )
    const choice = bootsBetween(iso(8), iso(9), many)
    assert.deepEqual(choice, {
      ok: false,
      errors: [
        { path: 'selections[0]', message: '1001 logs are of that time, 1000 can be uploaded at once' },
      ],
    })
  })
})

describe('choosing logs', () => {
  const choose = (...selections: GivenSelection[]) => chooseLogs(selections, [threeHours])

  it('puts the aircraft first, as docks do', () => {
    const aircraft: ModuleLogs = { ...threeHours, module: 'aircraft' }
    const choice = chooseLogs(
      [
        { module: 'dock', bootIndexes: [3] },
        { module: 'aircraft', bootIndexes: [1] },
      ],
      [threeHours, aircraft],
    )
    assert.deepEqual(choice, {
      ok: true,
      chosen: [
        { module: 'aircraft', bootIndexes: [1] },
        { module: 'dock', bootIndexes: [3] },
      ],
    })
  })

  it('names each boot that is not listed', () => {
    const choice = choose({ module: 'dock', bootIndexes: [7, 1, 8] })
    assert.deepEqual(
      choice.ok || 'notListed' in choice ? choice : choice.errors.map(({ path, message }) => [path, message]),
      [
        ['selections[0].bootIndexes[0]', 'the last listing has no boot 7'],
        ['selections[0].bootIndexes[2]', 'the last listing has no boot 8'],
      ],
    )
  })

  it('says which module was never listed', () =>
    assert.deepEqual(choose({ module: 'aircraft', bootIndexes: [1] }), { ok: false, notListed: 'aircraft' }))

  it('refuses a time that is empty or runs backwards', () => {
    for (const to of [iso(9), iso(8)])
      assert.deepEqual(choose({ module: 'dock', from: iso(9), to }), {
        ok: false,
        errors: [{ path: 'selections[0].to', message: 'must be after from' }],
      })
  })
})
