import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cutBySize, estimateSeconds, measuredRate, withSizes } from '../../../lambdas/logs/estimate.ts'
import type { Registers } from '../../../lambdas/logs/registers.ts'
import { answered, ended, minutes, opened, registersOf, seconds, terms } from '../../support/upload-facts.ts'

/** Logs of a module, numbered from 1, of these sizes. */
const listed = (module: 'aircraft' | 'dock', ...sizes: number[]) => ({
  module,
  listedAt: opened,
  listingId: 'listing-1',
  logs: sizes.map((sizeBytes, n) => ({ bootIndex: n + 1, startTime: 0, endTime: 0, sizeBytes })),
})

/** An upload of archives whose logs were listed with these sizes. */
const upload = (
  facts: readonly Registers[],
  { listedBytes }: { listedBytes?: number } = { listedBytes: 600 },
) => ({
  request: {
    id: 'upload-1',
    dockSn: 'DOCK1',
    fleet: 'north',
    requestedBy: 'ann',
    archives: (['aircraft', 'dock'] as const).map((module) => ({
      module,
      objectKey: module,
      bootIndexes: [1],
      ...(listedBytes === undefined ? {} : { listedBytes }),
    })),
  },
  hot: {
    terms: terms(),
    fleet: 'north',
    rev: 1,
    indexed: { state: 'requested' },
    registers: registersOf(...facts),
  },
})
const rate = (...uploads: ReturnType<typeof upload>[]) => measuredRate(uploads, opened + minutes(90))
const accepted = answered(seconds(10))

describe('the rate of a dock', () => {
  it('is the listed size over the time from its answer to its last end', () =>
    assert.equal(
      rate(
        upload([
          accepted,
          ended(seconds(20), 'aircraft', 'uploaded'),
          ended(seconds(40), 'dock', 'uploaded'),
        ]),
      ),
      40,
    ))

  it('counts only the archives that arrived', () =>
    assert.equal(
      rate(
        upload([accepted, ended(seconds(20), 'aircraft', 'failed'), ended(seconds(40), 'dock', 'uploaded')]),
      ),
      20,
    ))

  it('uses the size of the archives if that of their logs is unknown', () =>
    assert.equal(rate(upload([accepted, ended(seconds(30), 'dock', 'uploaded')], {})), 20))

  it('is the best of its uploads', () => {
    const took = (n: number) => upload([accepted, ended(seconds(10 + n), 'dock', 'uploaded')])
    assert.equal(rate(took(60), took(30), took(40)), 20)
  })

  it('is unknown from uploads that were too short, failed or are open', () => {
    assert.equal(rate(upload([accepted, ended(seconds(19), 'dock', 'uploaded')])), undefined)
    assert.equal(rate(upload([accepted, ended(seconds(40), 'dock', 'failed')])), undefined)
    assert.equal(rate(upload([accepted])), undefined)
    assert.equal(rate(), undefined)
  })
})

describe('the estimated time of an upload', () => {
  const logs = [listed('dock', 100, 50, 7)]
  const chosen = (...bootIndexes: number[]) => withSizes([{ module: 'dock', bootIndexes }], logs)
  it('is its listed size over the rate', () => assert.equal(estimateSeconds(chosen(1, 3), 10), 11))
  it('is unknown without a rate, or with a log that is no longer listed', () => {
    assert.equal(estimateSeconds(chosen(1), undefined), undefined)
    assert.equal(estimateSeconds(chosen(1, 9), 10), undefined)
  })
})

describe('an upload in parts', () => {
  it('loses and repeats no log, keeps their order, and no part of several logs is too large', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(sizes, sizes, fc.integer({ min: 1, max: 300 }), (aircraft, dock, most) => {
        const logs = [listed('aircraft', ...aircraft), listed('dock', ...dock)]
        const chosen = logs.map(({ module, logs }) => ({
          module,
          bootIndexes: logs.map(({ bootIndex }) => bootIndex),
        }))
        const parts = cutBySize(chosen, logs, most)
        for (const { module, bootIndexes } of chosen)
          assert.deepEqual(
            parts.flat().flatMap((one) => (one.module === module ? one.bootIndexes : [])),
            bootIndexes,
          )
        for (const part of parts) {
          const bytes = part.reduce((sum, { listedBytes = 0 }) => sum + listedBytes, 0)
          const logCount = part.reduce((sum, { bootIndexes }) => sum + bootIndexes.length, 0)
          assert.ok(bytes <= most || logCount === 1)
          assert.equal(new Set(part.map(({ module }) => module)).size, part.length)
        }
      }),
    )
  })
})
