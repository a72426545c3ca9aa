import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Meaning, meaningOf } from '../../../protocols/huawei-ota/meaning.ts'
import { explainOtaResult } from '../../../protocols/huawei-ota/results.ts'
import { readEvents } from '../../../protocols/huawei-ota/up.ts'
import { deviceId, example, understood } from './payload.ts'

const target = 'v2'
const report = (resultCode: number, percent: number | undefined, version: string | undefined) => ({
  kind: 'upgradeReport' as const,
  deviceId,
  resultCode,
  ...(percent === undefined ? {} : { percent }),
  ...(version === undefined ? {} : { version }),
})

const upgrading: Meaning = { state: 'upgrading' }
const downloaded: Meaning = { state: 'downloaded' }
const matched: Meaning = { state: 'succeeded', evidence: 'matched' }
const claimed: Meaning = { state: 'succeeded', evidence: 'claimed' }
const failed = (code: number): Meaning => ({ state: 'failed', failure: explainOtaResult(code) })

type Row = [code: number, version: string | undefined, percent: number | undefined, Meaning]

describe('with a known target, a report', () => {
  const rows: Row[] = [
    [0, 'v2', 100, matched],
    [0, 'v2', undefined, matched],
    [0, 'v2', 99, upgrading],
    [0, 'v2', 0, upgrading],
    [0, 'v1', 0, upgrading],
    [0, 'v1', 99, upgrading],
    [0, 'v1', undefined, upgrading],
    [0, 'v1', 100, downloaded],
    [0, undefined, 100, downloaded],
    [0, undefined, undefined, upgrading],
    [3, 'v2', undefined, matched],
    [3, 'v2', 0, matched],
    [3, 'v1', 100, failed(3)],
    [3, undefined, 0, failed(3)],
    ...[1, 2, 4, 5, 6, 7, 8, 9, 10, 255, 127, -1].flatMap((code): Row[] => [
      [code, 'v1', 0, failed(code)],
      [code, 'v2', 100, failed(code)],
      [code, undefined, undefined, failed(code)],
    ]),
  ]
  for (const [code, version, percent, meaning] of rows)
    it(`of ${code}, ${version ?? 'no version'}, ${percent ?? 'no'} percent is ${meaning.state}`, () => {
      assert.deepEqual(meaningOf(report(code, percent, version), target), meaning)
    })

  it('has to carry exactly the target version', () => {
    for (const version of ['V2', 'v2 ', 'v2.0', '2'])
      assert.equal(meaningOf(report(0, 100, version), target).state, 'downloaded')
  })
})

describe('without a target, a report', () => {
  const rows: Row[] = [
    [0, 'v1', 0, upgrading],
    [0, 'v1', 99, upgrading],
    [0, 'v1', 100, claimed],
    [0, 'v1', undefined, claimed],
    [0, undefined, 100, claimed],
    [3, 'v1', undefined, claimed],
    [3, undefined, 0, claimed],
    [7, 'v1', 100, failed(7)],
  ]
  for (const [code, version, percent, meaning] of rows)
    it(`of ${code}, ${version ?? 'no version'}, ${percent ?? 'no'} percent is ${meaning.state}`, () => {
      assert.deepEqual(meaningOf(report(code, percent, version), undefined), meaning)
    })
})

describe("the vendor's own samples, upgrading to v2.0.0,", () => {
  const meaning = (name: string) => {
    const fact = understood(readEvents(deviceId, example(name))[0])
    if (fact.kind !== 'upgradeReport') throw new Error(fact.kind)
    return meaningOf(fact, 'v2.0.0')
  }

  it('Java: 100 percent with the old version is the download, with the new one the end', () => {
    assert.deepEqual(meaning('up-upgrade_progress_report-java-downloaded'), downloaded)
    assert.deepEqual(meaning('up-upgrade_progress_report-java'), matched)
    assert.deepEqual(meaning('up-upgrade_progress_report-java-failed'), failed(6))
  })

  it('C: the target version beside a fault is not a success; before the installation it does not prove one', () => {
    assert.deepEqual(meaning('up-upgrade_progress_report-c-failed'), failed(1))
    assert.deepEqual(meaning('up-upgrade_progress_report-c'), matched)
  })

  it('Go: without a version, success is not proved', () => {
    assert.deepEqual(meaning('up-upgrade_progress_report-go'), downloaded)
  })

  it('C#: a gateway answers for its child with only a code and a version', () => {
    assert.deepEqual(meaning('up-upgrade_progress_report-csharp-gateway'), matched)
  })

  it('LiteOS: a success code alone is not an end', () => {
    assert.deepEqual(meaning('up-upgrade_progress_report-liteos'), upgrading)
  })
})

describe('whatever a report says', () => {
  const any = fc
    .tuple(
      fc.maxSafeInteger(),
      fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
      fc.option(fc.constantFrom('v1', 'v2'), { nil: undefined }),
    )
    .map(([code, percent, version]) => report(code, percent, version))

  it('with a known target it has not succeeded by another version', () => {
    fc.assert(
      fc.property(any, (one) => {
        if (meaningOf(one, target).state === 'succeeded') assert.equal(one.version, target)
      }),
    )
  })

  it('a code other than 0 and 3 is a failure that keeps the code', () => {
    fc.assert(
      fc.property(any, fc.option(fc.constant(target), { nil: undefined }), (one, wanted) => {
        if ([0, 3].includes(one.resultCode)) return
        assert.deepEqual(meaningOf(one, wanted), failed(one.resultCode))
      }),
    )
  })
})
