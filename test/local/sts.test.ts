import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  type STSClient,
} from '@aws-sdk/client-sts'
import type { RoleDefinition } from '../../local/iam/principals.ts'
import {
  account,
  lenderArn,
  lentPolicy,
  outcomeOf,
  readerArn,
  roles,
  startWorld,
  uploadArn,
  type World,
} from './object-store/storage-world.ts'

const tags = [
  { Key: 'fleet', Value: 'north' },
  { Key: 'dockSn', Value: 'DOCK1' },
]
const usual: AssumeRoleCommandInput = {
  RoleArn: uploadArn,
  RoleSessionName: 'DOCK1',
  DurationSeconds: 3600,
  Tags: tags,
  SourceIdentity: 'job',
}

const role = (
  name: string,
  allowed: object[],
  trust: object[],
  maxSessionSeconds = 3600,
): RoleDefinition => ({
  arn: `arn:aws:iam::${account}:role/${name}`,
  name,
  policies: [{ Version: '2012-10-17', Statement: allowed }],
  trust: { Version: '2012-10-17', Statement: trust },
  maxSessionSeconds,
})
const arnOf = (name: string) => `arn:aws:iam::${account}:role/${name}`
const trusted = (principal: string, action: string | string[] = 'sts:*', Condition = {}) => ({
  Effect: 'Allow',
  Principal: { AWS: principal },
  Action: action,
  Condition,
})
const root = `arn:aws:iam::${account}:root`
const assume = (name: string, action: string | string[] = 'sts:*') => ({
  Effect: 'Allow',
  Action: action,
  Resource: arnOf(name),
})
const nothing = { Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }

describe('AssumeRole', () => {
  let world: World
  let lender: STSClient
  before(async () => {
    world = await startWorld({
      roles: [
        ...roles,
        role(
          'caller',
          [assume('by-account'), assume('untagged'), assume('no-trust'), assume('short')],
          [trusted(root)],
        ),
        role('by-account', [nothing], [trusted(root)]),
        role('by-account-not-granted', [nothing], [trusted(root)]),
        role('by-name', [nothing], [trusted(arnOf('caller'))]),
        role('untagged', [nothing], [trusted(root, 'sts:*', { Null: { 'aws:TagKeys': 'true' } })]),
        role('no-trust', [nothing], [trusted(readerArn)]),
        role('short', [nothing], [trusted(root)], 1800),
      ],
    })
    lender = world.stsClient(await world.credentialsOf(lenderArn))
  })
  after(() => world.stop())

  const assumeAs = async (client: STSClient, more: Partial<AssumeRoleCommandInput> = {}) =>
    client.send(new AssumeRoleCommand({ ...usual, ...more }))
  const outcome = (more: Partial<AssumeRoleCommandInput>) => outcomeOf(assumeAs(lender, more))
  const plain = { Tags: undefined, SourceIdentity: undefined }

  test('gives a session its name, its end and its caller identity', async () => {
    const answer = await assumeAs(lender)
    assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${account}:assumed-role/upload/DOCK1`)
    assert.equal(answer.SourceIdentity, 'job')
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {}
    assert.match(AccessKeyId, /^ASIA[A-Z2-7]{16}$/)
    assert.equal(SecretAccessKey.length, 40)
    const seconds = ((Expiration?.getTime() ?? 0) - Date.now()) / 1000
    assert.ok(seconds > 3500 && seconds <= 3600, String(seconds))
    const session = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: new Date(),
    }
    const { Arn, Account, UserId } = await world.stsClient(session).send(new GetCallerIdentityCommand({}))
    assert.deepEqual(
      [Arn, Account, UserId],
      [answer.AssumedRoleUser?.Arn, account, answer.AssumedRoleUser?.AssumedRoleId],
    )
  })

  test('asks the role whether it trusts, and on what conditions', async () => {
    assert.equal(await outcome({}), 'done')
    assert.equal(await outcome({ Tags: tags.slice(0, 1) }), 'AccessDenied 403')
    assert.equal(await outcome({ Tags: undefined }), 'AccessDenied 403')
    assert.equal(await outcome({ RoleArn: readerArn }), 'AccessDenied 403')
    assert.equal(await outcome({ RoleArn: `arn:aws:iam::${account}:role/nobody` }), 'AccessDenied 403')
    const reader = world.stsClient(await world.credentialsOf(readerArn))
    assert.equal(await outcomeOf(assumeAs(reader)), 'AccessDenied 403')
  })

  test('asks whether the caller may, unless the role trusts the caller by name', async () => {
    const caller = world.stsClient(await world.credentialsOf(arnOf('caller')))
    const cases: [string, Partial<AssumeRoleCommandInput>, string][] = [
      ['by-account', {}, 'done'],
      ['by-account-not-granted', {}, 'AccessDenied 403'],
      ['by-name', {}, 'done'],
      ['no-trust', {}, 'AccessDenied 403'],
      ['untagged', {}, 'done'],
      ['untagged', { Tags: tags }, 'AccessDenied 403'],
    ]
    for (const [name, more, expected] of cases) {
      assert.equal(
        await outcomeOf(assumeAs(caller, { ...plain, RoleArn: arnOf(name), ...more })),
        expected,
        name,
      )
    }
  })

  test('needs TagSession for tags and SetSourceIdentity for a source identity', async () => {
    for (const [missing, allowed] of [
      ['sts:TagSession', ['sts:AssumeRole', 'sts:SetSourceIdentity']],
      ['sts:SetSourceIdentity', ['sts:AssumeRole', 'sts:TagSession']],
    ] as const) {
      const stripped = await startWorld({
        roles: [
          role('lender', [nothing], [trusted(root)]),
          role('upload', [nothing], [trusted(arnOf('lender'), [...allowed])]),
        ],
      })
      const client = stripped.stsClient(await stripped.credentialsOf(lenderArn))
      try {
        await assert.rejects(assumeAs(client), new RegExp(`not authorized to perform: ${missing}`))
      } finally {
        await stripped.stop()
      }
    }
  })

  test('keeps to the limits', async () => {
    const long = JSON.stringify(lentPolicy('k'.repeat(2048)))
    const many = Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }))
    const cases: [string, Partial<AssumeRoleCommandInput>, string][] = [
      ['a second less than 15 minutes', { DurationSeconds: 899 }, 'ValidationError 400'],
      ['15 minutes', { DurationSeconds: 900 }, 'done'],
      [
        'more than an hour, which chaining forbids whatever the role says',
        { DurationSeconds: 3601 },
        'ValidationError 400',
      ],
      ['more than twelve hours', { DurationSeconds: 43_201 }, 'ValidationError 400'],
      ['a policy of more than 2,048 characters', { Policy: long }, 'ValidationError 400'],
      ['a policy that is not JSON', { Policy: '{' }, 'MalformedPolicyDocumentException 400'],
      [
        'a policy with a misspelt element',
        {
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Acton: '*', Resource: '*' }],
          }),
        },
        'MalformedPolicyDocumentException 400',
      ],
      ['a session name with a slash', { RoleSessionName: 'a/b' }, 'ValidationError 400'],
      ['51 tags', { Tags: many }, 'ValidationError 400'],
      ['a tag twice', { Tags: [...tags, { Key: 'FLEET', Value: 'south' }] }, 'ValidationError 400'],
      ['a tag with a star', { Tags: [...tags, { Key: 'star', Value: '*' }] }, 'ValidationError 400'],
      [
        'a tag of 257 characters',
        { Tags: [...tags, { Key: 'long', Value: 'x'.repeat(257) }] },
        'ValidationError 400',
      ],
      ['a reserved source identity', { SourceIdentity: 'aws:root' }, 'ValidationError 400'],
      [
        'managed session policies',
        { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] },
        'ValidationError 400',
      ],
      ['tags that pass on', { TransitiveTagKeys: ['fleet'] }, 'ValidationError 400'],
      ['an external id', { ExternalId: 'external' }, 'ValidationError 400'],
    ]
    for (const [what, more, expected] of cases) assert.equal(await outcome(more), expected, what)
    const caller = world.stsClient(await world.credentialsOf(arnOf('caller')))
    const beyond = assumeAs(caller, { ...plain, RoleArn: arnOf('short'), DurationSeconds: 1801 })
    await assert.rejects(beyond, /MaxSessionDuration/)
  })

  test('passes on the source identity along a chain, and no tags', async () => {
    const chain = await startWorld({
      roles: [
        role('first', [assume('second')], [trusted(root)]),
        role('second', [assume('third')], [trusted(root)]),
        role('third', [nothing], [trusted(root)]),
      ],
    })
    const then = async (client: STSClient, name: string, more: Partial<AssumeRoleCommandInput>) => {
      const answer = await assumeAs(client, { ...plain, RoleArn: arnOf(name), ...more })
      const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer.Credentials ?? {}
      return {
        answer,
        credentials: {
          accessKeyId: AccessKeyId,
          secretAccessKey: SecretAccessKey,
          sessionToken: SessionToken,
          expiration: new Date(),
        },
      }
    }
    try {
      const first = chain.stsClient(await chain.credentialsOf(arnOf('first')))
      const second = await then(first, 'second', {
        Tags: tags,
        SourceIdentity: 'job',
      })
      const client = chain.stsClient(second.credentials)
      const third = await then(client, 'third', {})
      assert.equal(third.answer.SourceIdentity, 'job')
      const found = await chain.principals.find(third.credentials.accessKeyId, third.credentials.sessionToken)
      assert.deepEqual(found.outcome === 'found' && found.session.tags, {})
      const changed = then(client, 'third', { SourceIdentity: 'another' })
      await assert.rejects(changed, { name: 'AccessDenied' })
    } finally {
      await chain.stop()
    }
  })

  test('is refused to callers it does not know, in the words of STS', async () => {
    const good = await world.credentialsOf(lenderArn)
    const { sessionToken: _, ...tokenless } = good
    const cases: [object, string][] = [
      [{ ...good, secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch 403'],
      [{ ...good, sessionToken: 'nonsense' }, 'InvalidClientTokenId 403'],
      [tokenless, 'InvalidClientTokenId 403'],
    ]
    for (const [credentials, expected] of cases) {
      const client = world.stsClient({ ...good, sessionToken: '', ...credentials })
      assert.equal(await outcomeOf(assumeAs(client)), expected)
    }
    const unsigned = await fetch(world.stsUrl, {
      method: 'POST',
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    })
    assert.match(await unsigned.text(), /<Code>MissingAuthenticationToken</)
  })

  test('gives nothing for sessions of roles that have left the template, or under another secret', async () => {
    const credentials = await world.credentialsOf(arnOf('caller'))
    const without = await startWorld()
    const secret = await startWorld({ secret: 'another secret' })
    try {
      const identity = (where: World, with_ = credentials) =>
        outcomeOf(where.stsClient(with_).send(new GetCallerIdentityCommand({})))
      assert.equal(await identity(world), 'done')
      assert.equal(await identity(without), 'InvalidClientTokenId 403')
      assert.equal(await identity(secret, await world.credentialsOf(lenderArn)), 'InvalidClientTokenId 403')
    } finally {
      await Promise.all([without.stop(), secret.stop()])
    }
  })
})
