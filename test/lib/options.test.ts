import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { optionsInContext } from '../../lib/options/options.ts'

const given = (context: Record<string, unknown>) => optionsInContext(new App({ context }))

suite('Options', () => {
  test('are all optional', () => {
    const { stackName, archiveDays, logDays, ackEvents, oidcIssuer } = given({})
    assert.deepEqual([stackName, archiveDays, logDays, ackEvents], ['Groundcrew', 90, 30, 'on'])
    assert.equal(oidcIssuer, undefined)
  })

  test('are strings on the command line, numbers and lists in cdk.json', () => {
    const fromCommandLine = given({ archiveDays: '14', machinePermissions: 'read, admin' })
    const fromFile = given({ archiveDays: 14, machinePermissions: ['read', 'admin'] })
    assert.deepEqual(fromCommandLine, fromFile)
  })

  test('that are wrong are all reported at once', () => {
    const wrong = { logDays: '31', maxWriteUnits: '0', ackEvents: 'no', machinePermissions: 'read,fly' }
    assert.throws(
      () => given(wrong),
      ({ message }: Error) => Object.keys(wrong).every((name) => message.includes(name)),
    )
  })

  test('that do not exist are reported, except for the CDK’s own', () => {
    assert.throws(() => given({ alarmmail: 'me@example.com' }), /alarmmail: is not an option/)
    given({ '@aws-cdk/core:some-flag': true, 'aws:cdk:bundling-stacks': [], 'cli-setting': 1 })
  })

  test('for storage outside AWS are all required, and each missing one is reported', () => {
    for (const provider of ['minio', 'ali'])
      assert.throws(
        () => given({ provider }),
        ({ message }: Error) =>
          ['storageEndpoint', 'storageRegion', 'storageSecretArn', 'bucketName'].every((name) =>
            message.includes(`${name}: is needed with provider=${provider}`),
          ) && message.includes('aliRoleArn: is needed') === (provider === 'ali'),
      )
  })

  test('for storage outside AWS have no effect on AWS, nor those of one provider with another', () => {
    assert.throws(
      () => given({ storageEndpoint: 'https://minio.example.com' }),
      /storageEndpoint: has no effect/,
    )
    assert.throws(() => given({ aliRoleArn: 'acs:ram::1:role/upload' }), /aliRoleArn: has no effect/)
    assert.throws(
      () => given({ dockStorageEndpoint: 'http://10.0.0.5:9000' }),
      /dockStorageEndpoint: has no effect/,
    )
    assert.throws(
      () => given({ provider: 'minio', aliRoleArn: 'acs:ram::1:role/upload' }),
      /aliRoleArn: has no effect with provider=minio/,
    )
    const storageRoleArn = 'arn:aws:iam::000000000000:role/Docks'
    assert.throws(() => given({ storageRoleArn }), /storageRoleArn: has no effect with provider=aws/)
    assert.throws(() => given({ provider: 'ali', storageRoleArn }), /storageRoleArn: has no effect/)
    assert.throws(() => given({ provider: 'gcs' }), /provider/)
  })

  test('for storage outside AWS must have their form', () => {
    for (const wrong of [
      { storageEndpoint: 'minio.example.com' },
      { storageEndpoint: 'https://minio.example.com/dock-logs' },
      // The answers of its STS hold credentials.
      { storageEndpoint: 'http://minio.example.com' },
      { storageRegion: 'oss-cn-hangzhou' },
      { storageSecretArn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:storage' },
      { bucketName: 'Dock_Logs' },
      { aliRoleArn: 'arn:aws:iam::000000000000:role/upload' },
    ])
      assert.throws(() => given({ provider: 'ali', ...wrong }), new RegExp(Object.keys(wrong).join()))
    const local = { provider: 'minio', storageEndpoint: 'http://127.0.0.1:9000' }
    assert.throws(
      () => given(local),
      ({ message }: Error) => !message.includes('storageEndpoint'),
    )
  })

  test('limit the stack’s name, so that derived names are valid', () => {
    for (const stackName of ['Groundcrew', 'a', 'North-Sea-2', 'x'.repeat(40)])
      assert.equal(given({ stackName }).stackName, stackName)
    for (const stackName of ['', '2nd', 'North_Sea', 'Nord see', 'Süd', 'x'.repeat(41)])
      assert.throws(() => given({ stackName }), /stackName: must be letters.*at most 40/, stackName)
    // It would be the name of another stack's console.
    for (const stackName of ['GroundcrewConsole', 'console'])
      assert.throws(() => given({ stackName }), /stackName: must not end in Console/)
  })

  test('exclude words that Cognito reserves from the stack’s name, unless there is no sign-in page', () => {
    const own = { oidcIssuer: 'https://login.example.com/', oidcAudience: 'crew' }
    for (const [stackName, word] of [
      ['AwsDocks', 'aws'],
      ['Paws', 'aws'],
      ['my-AMAZON-docks', 'amazon'],
      ['Incognito', 'cognito'],
    ] as const) {
      assert.throws(
        () => given({ stackName }),
        new RegExp(`stackName: must not have ${word} in it.*another name`),
      )
      assert.equal(given({ stackName, ...own }).stackName, stackName)
    }
  })

  test('of the docks’ platform go together', () => {
    const dockLicenceSecretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:licence-AbCdEf'
    assert.equal(given({}).dockServer, 'off')
    assert.throws(() => given({ dockServer: 'on' }), /dockLicenceSecretArn: is needed with dockServer=on/)
    assert.throws(() => given({ dockLicenceSecretArn }), /dockLicenceSecretArn: has no effect/)
    assert.throws(() => given({ ntpHost: 'ntp.example.com' }), /ntpHost: has no effect/)
    const on = { dockServer: 'on', dockLicenceSecretArn }
    for (const ntpHost of ['ntp.example.com', '10.0.0.1', 'ntp:1123'])
      assert.equal(given({ ...on, ntpHost }).ntpHost, ntpHost)
    for (const ntpHost of ['', 'https://ntp.example.com', 'ntp:', 'ntp:123456', 'a b', '-ntp', 'ntp:0x1'])
      assert.throws(() => given({ ...on, ntpHost }), /ntpHost: must be a host/, ntpHost)
    assert.throws(() => given({ ...on, dockLicenceSecretArn: 'licence' }), /dockLicenceSecretArn: must be/)
  })

  test('of retries and long uploads have bounds', () => {
    const { autoRetries, longUploads } = given({})
    assert.deepEqual([autoRetries, longUploads], [0, 'refuse'])
    assert.equal(given({ autoRetries: '3' }).autoRetries, 3)
    assert.throws(() => given({ autoRetries: '4', longUploads: 'perhaps' }), /autoRetries.*longUploads/s)
  })

  test('for another issuer go together', () => {
    for (const rest of ['u:p@x.example', 'x.example/?a=b', 'x.example/#a', 'x.example/a b'])
      assert.throws(
        () => given({ oidcIssuer: `https://${rest}`, oidcAudience: 'crew' }),
        /oidcIssuer: must have no user, query, fragment or blank/,
      )
    assert.throws(
      () => given({ oidcIssuer: 'https://login.example.com/' }),
      /oidcIssuer: must be given together with oidcAudience/,
    )
    assert.throws(
      () => given({ oidcIssuer: 'http://login.example.com/', oidcAudience: 'crew' }),
      /oidcIssuer/,
    )
  })
})
