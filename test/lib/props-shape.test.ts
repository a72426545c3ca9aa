import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Duration } from 'aws-cdk-lib'
import { wrongKinds } from '../../lib/options/props-shape.ts'

/** What no compiler says to those who write JavaScript. */
describe('properties of the construct', () => {
  for (const [name, given, expected] of [
    ['a word for a yes or no', { alarms: 'off' }, ['alarms: must be true or false']],
    ['null', { dashboard: null }, ['dashboard: must be true or false']],
    [
      'a text for a list',
      { issuer: { url: 'https://x', audience: 'my-client' } },
      ['issuer.audience: must be a list'],
    ],
    ['a number for a duration', { retention: { archives: 3 } }, [/^retention.archives: must be a Duration/]],
    ['a yes for an object', { dockServer: true }, ['dockServer: must be an object of licence, ntpHost']],
    ['an ARN for a construct', { eventBus: 'arn:aws:events:x' }, [/^eventBus: must be a construct/]],
    [
      'no name of theirs',
      { autoRetrys: 3, toString: 1 },
      [/^properties: has no autoRetrys, toString; there is bucket, /],
    ],
    ['nothing at all', null, [/^properties: must be an object of bucket, /]],
    ['several at once', { alarms: 0, maxReadUnits: '7' }, [/^alarms/, /^maxReadUnits: must be a number/]],
    ['what they should be', { alarms: false, retention: { archives: Duration.days(3) }, autoRetries: 1 }, []],
  ] as const)
    it(`that are ${name}`, () => {
      const faults = wrongKinds(given).map(({ line }) => line.trim())
      assert.equal(faults.length, expected.length, faults.join())
      for (const [n, wanted] of expected.entries())
        if (typeof wanted === 'string') assert.equal(faults[n], wanted)
        else assert.match(faults[n] ?? '', wanted)
    })
})
