import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EndedTry, retryAt } from '../../../../lambdas/campaigns/rules/retry.ts'
import type { Retry } from '../../../../lambdas/campaigns/rules/shapes.ts'

const twice: Retry = { times: 2, afterSeconds: 1800 }
const ended = (more: Partial<EndedTry>): EndedTry => ({ state: 'failed', tries: 1, endedAt: 5_000, ...more })
const lowBattery = 4
const verificationFailed = 7

describe('a device that failed in a campaign', () => {
  it('is tried again so often, and so long after each end', () => {
    assert.equal(retryAt(twice, ended({ code: lowBattery })), 1_805_000)
    assert.equal(retryAt(twice, ended({ code: lowBattery, tries: 2 })), 1_805_000)
    assert.equal(retryAt(twice, ended({ code: lowBattery, tries: 3 })), undefined)
  })

  it('is retried for failures that may pass, and for silence, if no codes are given', () => {
    assert.equal(retryAt(twice, ended({ code: verificationFailed })), undefined)
    assert.equal(retryAt(twice, ended({ code: 4711 })), undefined)
    assert.equal(retryAt(twice, ended({ state: 'timedOut' })), 1_805_000)
  })

  it('is retried only for the given codes, if there are any', () => {
    const named = { ...twice, codes: [verificationFailed] }
    assert.equal(retryAt(named, ended({ code: verificationFailed })), 1_805_000)
    assert.equal(retryAt(named, ended({ code: lowBattery })), undefined)
    assert.equal(retryAt(named, ended({ state: 'timedOut' })), undefined)
  })

  it('is not retried if it failed for a reason of ours', () => {
    assert.equal(retryAt(twice, ended({})), undefined)
  })

  it('is not retried after a rollback, unless its code allows it', () => {
    assert.equal(retryAt(twice, ended({ state: 'rolledBack' })), undefined)
    assert.equal(retryAt(twice, ended({ state: 'rolledBack', code: lowBattery })), 1_805_000)
  })

  for (const state of ['pending', 'upgrading', 'succeeded', 'closed'] as const)
    it(`is not tried again while or after it is ${state}`, () => {
      assert.equal(retryAt(twice, ended({ state, code: lowBattery })), undefined)
    })
})
