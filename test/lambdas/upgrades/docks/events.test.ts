import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { explainFailure, mayBeOfferedAgain } from '../../../../lambdas/upgrades/codes.ts'
import {
  reportOfProgress,
  reportOfReply,
  reportOfVersion,
} from '../../../../lambdas/upgrades/docks/events.ts'
import { meaningOf, type ReportEvent } from '../../../../lambdas/upgrades/meaning.ts'
import type { UpgradeProgress } from '../../../../protocols/dji-firmware/facts.ts'

const sn = '7CTDM0000000001'
const reply = (result: number, refused?: true) =>
  reportOfReply(sn, { commandId: 'c', result, ...(refused ? { refused } : {}) })
const progress = (fact: Partial<UpgradeProgress>) =>
  reportOfProgress(sn, { gatewayContradicts: false, ...fact })
const stateOf = (report: ReportEvent) => meaningOf(report, { package: 'firmware', target: '2' })

describe('a dock’s report of an upgrade', () => {
  it('is no success before a version, whatever it claims', () => {
    const any = fc.record<Partial<UpgradeProgress>>(
      {
        end: fc.constantFrom('done', 'failed', 'canceled', 'rejected', 'timedOut'),
        status: fc.constantFrom('sent', 'running', 'paused', 'unknown'),
        stage: fc.constantFrom('downloading', 'installing'),
        percent: fc.nat(100),
        result: fc.constantFrom(312_014, 312_015, 312_017),
      },
      { requiredKeys: [] },
    )
    fc.assert(fc.property(any, (fact) => stateOf(progress(fact)) !== 'matched'))
  })

  it('is the end only if it is done: a download has its own 100 percent', () => {
    assert.equal(stateOf(progress({ end: 'done' })), 'downloaded')
    assert.equal(stateOf(progress({ status: 'running', stage: 'downloading', percent: 100 })), 'upgrading')
    assert.equal(progress({ status: 'running', stage: 'installing', percent: 40 }).description, 'installing')
  })

  for (const [end, text] of [
    ['failed', undefined],
    ['canceled', 'canceled'],
    ['rejected', 'rejected'],
    ['timedOut', 'timed out'],
  ] as const)
    it(`has failed with ${end}, with a code or without`, () => {
      assert.equal(stateOf(progress({ end, result: 312_017 })), 'failed')
      const report = progress({ end })
      assert.deepEqual([stateOf(report), report.resultCode, report.description], ['failed', 0, text])
    })

  it('is a refusal by its code, or by its status', () => {
    assert.equal(stateOf(reply(312_023)), 'failed')
    assert.equal(stateOf(reply(0, true)), 'failed')
    assert.equal(stateOf(reply(0)), 'upgrading')
  })

  it('is no failure if the dock is upgrading already', () => {
    for (const report of [reply(312_014), progress({ end: 'failed', result: 312_014 })])
      assert.deepEqual([stateOf(report), report.description], ['upgrading', 'upgrading already'])
  })

  it('proves the target once the machine has restarted, and claims it before', () => {
    const of = (version: string, hasRestarted: boolean) =>
      reportOfVersion(sn, version, { target: '2', hasRestarted })
    assert.deepEqual([of('2', true), of('2', false), of('1', false)].map(stateOf), [
      'confirmed',
      'matched',
      'otherVersion',
    ])
  })
})

describe('a code of a failure', () => {
  it('is explained by its vendor', () => {
    assert.deepEqual(
      [explainFailure(6).name, explainFailure(312_027).name],
      ['downloadTimedOut', 'noAircraftInDock'],
    )
    assert.equal(explainFailure(0).name, 'noReasonGiven')
  })

  it('lets the package be offered again where waiting helps, and not where somebody has to act', () => {
    const again = [6, 312_015, 312_027, 312_018, 514_146, 325_009]
    const not = [0, 1, 7, 312_014, 312_016, 312_017, 312_023, 325_012, 312_012, 999_999]
    assert.deepEqual([...again, ...not].filter(mayBeOfferedAgain), again)
  })
})
