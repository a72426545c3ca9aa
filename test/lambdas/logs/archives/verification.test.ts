import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Registers } from '../../../../lambdas/logs/registers.ts'
import { absent, ended, minutes, statesAt, statusAt, stored, terms } from '../../../support/upload-facts.ts'

const okBoth = [ended(minutes(5), 'aircraft', 'uploaded'), ended(minutes(5) + 1, 'dock', 'uploaded')]
const arrivedBoth = [stored(minutes(4), 'aircraft'), stored(minutes(4), 'dock')]

describe('an upload whose objects are compared with the dock’s report is', () => {
  const states: [name: string, facts: Registers[], at: number, states: string][] = [
    ['verified when both say so', [...okBoth, ...arrivedBoth], minutes(6), 'verified verified verified'],
    [
      'uploaded while one proof is due',
      [...okBoth, stored(minutes(4), 'dock')],
      minutes(6),
      'uploaded uploaded verified',
    ],
    [
      'missing when storage holds neither',
      [...okBoth, absent(minutes(11), 'aircraft'), absent(minutes(11), 'dock')],
      minutes(12),
      'missing missing missing',
    ],
    [
      'partial when storage holds one of two',
      [...okBoth, absent(minutes(11), 'aircraft'), stored(minutes(4), 'dock')],
      minutes(12),
      'partial missing verified',
    ],
    [
      'verified when an object arrives that was missing',
      [...okBoth, absent(minutes(11), 'aircraft'), ...arrivedBoth],
      minutes(12),
      'verified verified verified',
    ],
  ]
  for (const [name, facts, at, expected] of states)
    it(name, () => assert.equal(statesAt(at, facts), expected))

  const proofOf = (said: object, found: object) => {
    const facts = [ended(minutes(1), 'dock', 'uploaded', said), stored(minutes(1), 'dock', found)]
    const { state, archives } = statusAt(minutes(2), facts, terms({ modules: ['dock'] }))
    return [state, archives.dock?.verification]
  }
  const md5 = 'A'.repeat(32)
  const proofs: [string, object, object, (string | undefined)[]][] = [
    [
      'verified when size and MD5 agree',
      { sizeBytes: 9, fingerprint: md5 },
      { size: 9, etag: md5.toLowerCase() },
      ['verified', 'verified'],
    ],
    ['uploaded when the dock gives nothing to compare', {}, { size: 9, etag: md5 }, ['uploaded', undefined]],
    [
      'verified by size where the ETag is of several parts',
      { sizeBytes: 9, fingerprint: md5 },
      { size: 9, etag: `${'b'.repeat(32)}-2` },
      ['verified', 'verified'],
    ],
    [
      'verified by size where the fingerprint is no MD5',
      { sizeBytes: 9, fingerprint: 'c'.repeat(64) },
      { size: 9, etag: md5 },
      ['verified', 'verified'],
    ],
    ['not verified at another size', { sizeBytes: 9 }, { size: 8 }, ['uploaded', 'sizeDiffers']],
    ['not verified when empty', { sizeBytes: 9 }, { size: 0 }, ['uploaded', 'sizeDiffers']],
    [
      'not verified with another MD5',
      { sizeBytes: 9, fingerprint: md5 },
      { size: 9, etag: 'd'.repeat(32) },
      ['uploaded', 'checksumDiffers'],
    ],
  ]
  for (const [name, said, found, expected] of proofs)
    it(name, () => assert.deepEqual(proofOf(said, found), expected))
})
