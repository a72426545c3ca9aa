import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { options } from '../../lib/options.ts'

const given = (context: Record<string, unknown>) => options(new App({ context }))

suite('Options', () => {
  test('are all optional', () => {
    const { stackName, archiveDays, logDays, ackEvents, oidcIssuer } = given({})
    assert.deepEqual([stackName, archiveDays, logDays, ackEvents], ['Groundcrew', 90, 30, 'on'])
    assert.equal(oidcIssuer, undefined)
  })

  test('are text on the command line, numbers and lists in cdk.json', () => {
    const fromCommandLine = given({ archiveDays: '14', machinePermissions: 'read, admin' })
    const fromFile = given({ archiveDays: 14, machinePermissions: ['read', 'admin'] })
    assert.deepEqual(fromCommandLine, fromFile)
  })

  test('that are wrong are all named at once', () => {
    const wrong = { logDays: '31', maxWriteUnits: '0', ackEvents: 'no', machinePermissions: 'read,fly' }
    assert.throws(
      () => given(wrong),
      ({ message }: Error) => Object.keys(wrong).every((name) => message.includes(name)),
    )
  })

  test('for another issuer go together', () => {
    assert.throws(() => given({ oidcIssuer: 'https://login.example.com/' }), /oidcIssuer and oidcAudience/)
    assert.throws(
      () => given({ oidcIssuer: 'http://login.example.com/', oidcAudience: 'crew' }),
      /oidcIssuer/,
    )
  })
})
