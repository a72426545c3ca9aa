import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { claimsOf } from '../../../lambdas/logs/claims.ts'
import { objectFact } from '../../../lambdas/logs/facts.ts'
import { join, type Registers } from '../../../lambdas/logs/registers.ts'
import type { ArchiveReport } from '../../../protocols/dji-remote-log/facts.ts'

const dockSn = 'DOCK1'
const receipt = { receivedAt: 1_800_000_000_000, receiptId: '0a1b2c3d-9999' }

describe('of several reported ends of an archive', () => {
  const endAt = (receivedAt: number, end: 'uploaded' | 'canceled' | 'failed' | 'rejected'): Registers => {
    const progress = { archives: [{ module: 'dock', end } as const], gatewayContradicts: false }
    return claimsOf(dockSn, progress, { ...receipt, receivedAt }).claims[0]?.facts ?? {}
  }
  const told = (...facts: Registers[]) => facts.reduce(join, {}).dockEnd?.end

  it('the earliest stands, whatever it is', () => {
    assert.equal(told(endAt(2, 'uploaded'), endAt(1, 'rejected')), 'rejected')
    assert.equal(told(endAt(1, 'rejected'), endAt(2, 'uploaded')), 'rejected')
  })

  it('ok goes before canceled, failed and rejected in the same millisecond', () => {
    const ranked = ['uploaded', 'canceled', 'failed', 'rejected'] as const
    for (const [n, better] of ranked.entries())
      for (const worse of ranked.slice(n + 1)) {
        assert.equal(told(endAt(1, better), endAt(1, worse)), better)
        assert.equal(told(endAt(1, worse), endAt(1, better)), better)
      }
  })
})

describe('of several reports of an archive', () => {
  const furthest = (...archives: ArchiveReport[]) =>
    archives
      .map((archive, n) => {
        const at = { ...receipt, receivedAt: receipt.receivedAt - n }
        return claimsOf(dockSn, { archives: [{ module: 'dock', ...archive }], gatewayContradicts: false }, at)
      })
      .flatMap(({ claims }) => claims.map(({ facts }) => facts))
      .reduce(join, {}).dockProgress

  const cases: [string, ArchiveReport, ArchiveReport][] = [
    ['status goes before step', { step: 'uploading', stepNumber: 1 }, { step: 'packing', stepNumber: 30 }],
    [
      'step goes before percent',
      { step: 'packing', stepNumber: 2 },
      { step: 'packing', stepNumber: 1, stepPercent: 99 },
    ],
    ['percent decides last', { step: 'packing', stepPercent: 11 }, { step: 'packing', stepPercent: 10 }],
    [
      'a status that we have no word for is never ahead',
      { step: 'sent' },
      { step: 'unknown', stepNumber: 30, stepPercent: 100 },
    ],
    [
      'one in progress and one uploading are equals',
      { step: 'inProgress', stepPercent: 11 },
      { step: 'uploading', stepPercent: 10 },
    ],
  ]
  for (const [name, ahead, behind] of cases)
    it(`the furthest stands: ${name}`, () => {
      assert.equal(furthest(behind, ahead)?.step, ahead.step)
      assert.equal(furthest(ahead, behind)?.step, ahead.step)
      assert.equal(furthest(ahead, behind)?.pct, ahead.stepPercent)
    })

  it('the furthest stands as a whole, without fields of the others', () => {
    const known = furthest({ step: 'packing', sizeBytes: 9, uploadRate: 5 }, { step: 'uploading' })
    assert.deepEqual([known?.step, known?.size, known?.rate], ['uploading', undefined, undefined])
  })
})

describe('of several objects under a key', () => {
  const object = (sequencer: string | undefined, size: number): Registers =>
    objectFact('dock', { size, etag: '"e"', sequencer, at: 1 })
  const known = (...facts: Registers[]) => facts.reduce(join, {})
  const told = (one: Registers, other: Registers) =>
    [known(one, other), known(other, one)].map(({ dockObject, dockLater }) => [
      dockObject?.size,
      dockLater?.order,
    ])

  it('the earliest stands by its sequencer, however long that is, and when the newest came', () => {
    // Zeros are added to the shorter one on the right.
    for (const [older, newer] of [
      ['55AED6DCD90281E5', '55aed6dcd90281e6'],
      ['55AED6DCD90281E5', '55aed6dcd90281e501'],
      ['0055AED6DCD90281E6', '55aed6dcd90281e5'],
      ['0A', '0AF'],
      ['09FF', '0A'],
    ]) {
      const [one, other] = [object(older, 1), object(newer, 2)]
      const expected = [1, other.dockLater?.order]
      assert.deepEqual(told(one, other), [expected, expected])
    }
  })

  it('trailing zeros of a sequencer do not count: of equal ones the first known stands', () => {
    assert.equal(known(object('55AE', 1), object('55ae00', 2)).dockObject?.size, 1)
    assert.equal(known(object('55AE00', 2), object('55ae', 1)).dockObject?.size, 2)
  })

  it('any event goes before an object that was found by a request', () => {
    assert.equal(known(object(undefined, 1), object('00', 2)).dockObject?.size, 2)
    assert.equal(known(object('00', 2), object(undefined, 1)).dockObject?.size, 2)
  })

  it('the version `null` is left out', () => {
    const versionOf = (version: string) =>
      objectFact('dock', { size: 1, sequencer: '0A', at: 1, version }).dockObject?.version
    assert.deepEqual([versionOf('null'), versionOf('v1')], [undefined, 'v1'])
  })

  it('its ETag is kept without quotes', () => assert.equal(object('00', 1).dockObject?.etag, 'e'))
})
