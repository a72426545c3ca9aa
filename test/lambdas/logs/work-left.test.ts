import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Part, workOf } from '../../../lambdas/logs/series.ts'

const upload = (aircraft: number[], dock: number[], rest: Part[] = []) => ({
  id: 'upload-1',
  dockSn: 'DOCK1',
  fleet: 'north',
  requestedBy: 'ann',
  archives: [
    { module: 'aircraft' as const, objectKey: 'a', bootIndexes: aircraft },
    { module: 'dock' as const, objectKey: 'd', bootIndexes: dock },
  ].filter(({ bootIndexes }) => bootIndexes.length > 0),
  rest,
})
const lost = (module: 'aircraft' | 'dock', tooManyLogs = false) => ({
  module,
  retryable: true,
  transient: true,
  tooManyLogs,
})

/** `a1,2 d3 | a4`: the part to start, and those after it. */
const told = (work: ReturnType<typeof workOf>) =>
  work &&
  [work.part, ...work.rest]
    .map((part) => part.map(({ module, bootIndexes }) => `${module[0]}${bootIndexes.join()}`).join(' '))
    .join(' | ')

describe('what an upload leaves to the next', () => {
  const dock = (...bootIndexes: number[]) => [{ module: 'dock' as const, bootIndexes }]

  it('is, for a retry, the archives that did not arrive', () => {
    assert.equal(told(workOf('retry', upload([1, 2], [3]), [lost('dock')])), 'd3')
    assert.equal(told(workOf('retry', upload([1, 2], [3]), [])), undefined)
  })

  it('is, after a part, the next one', () => {
    assert.equal(told(workOf('part', upload([], [1], [dock(2), dock(3)]), [])), 'd2 | d3')
    assert.equal(told(workOf('part', upload([], [1]), [])), undefined)
  })

  it('keeps the parts that are to follow for after a retry', () =>
    assert.equal(told(workOf('retry', upload([], [1], [dock(2)]), [lost('dock')])), 'd1 | d2'))

  it('is half of the logs at a time if a module had too many', () => {
    assert.equal(
      told(workOf('half', upload([1, 2, 3], [4, 5]), [lost('aircraft', true), lost('dock', true)])),
      'a1,2 d4 | a3 d5',
    )
    assert.equal(
      told(workOf('half', upload([1, 2, 3], [4, 5]), [lost('aircraft', true), lost('dock')])),
      'a1,2 d4,5 | a3',
    )
  })

  it('divides the following parts too, which are as large', () =>
    assert.equal(
      told(workOf('half', upload([], [1, 2, 3, 4], [dock(5, 6, 7, 8), dock(9)]), [lost('dock', true)])),
      'd1,2 | d3,4 | d5,6 | d7,8 | d9',
    ))

  it('loses and repeats no log, and no part has more than half of the logs', () => {
    const boots = fc.uniqueArray(fc.nat(5000), { minLength: 2, maxLength: 40 })
    fc.assert(
      fc.property(boots, fc.array(boots, { maxLength: 3 }), (first, others) => {
        const work = workOf(
          'half',
          upload(
            [],
            first,
            others.map((all) => dock(...all)),
          ),
          [lost('dock', true)],
        )
        const parts = work ? [work.part, ...work.rest] : []
        assert.deepEqual(
          parts.flatMap((part) => part.flatMap(({ bootIndexes }) => bootIndexes)),
          [first, ...others].flat(),
        )
        for (const part of parts) assert.ok((part[0]?.bootIndexes.length ?? 0) <= Math.ceil(first.length / 2))
      }),
    )
  })
})
