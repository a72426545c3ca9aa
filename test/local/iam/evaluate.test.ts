import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { RequestContext } from '../../../local/iam/context.ts'
import { type Caller, type Decision, evaluate, explain } from '../../../local/iam/evaluate.ts'
import { type PolicyKind, requirePolicy } from '../../../local/iam/policy.ts'

const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const read = (kind: PolicyKind, ...statements: object[]) =>
  requirePolicy(document(...statements), kind, 'a test')
const allow = (more: object) => ({ Effect: 'Allow', Action: 's3:PutObject', Resource: '*', ...more })

const decide = (
  statement: object,
  request: { action?: string; resource?: string; context?: RequestContext } = {},
): Decision =>
  evaluate(
    { identity: [read('identity', allow(statement))] },
    { action: 's3:PutObject', resource: 'arn:aws:s3:::bucket/north/DOCK1/a.tar', context: {}, ...request },
  )

describe('a statement covers', () => {
  const cases: [string, object, Parameters<typeof decide>[1], Decision][] = [
    ['an action by name, in any case', { Action: 'S3:putobject' }, {}, 'allow'],
    ['actions by wildcard', { Action: ['iot:Publish', 's3:Put*'] }, {}, 'allow'],
    ['no other action', { Action: 's3:GetObject' }, {}, 'implicitDeny'],
    ['a resource by wildcard', { Resource: 'arn:aws:s3:::bucket/north/*/?.tar' }, {}, 'allow'],
    ['a resource in its own case only', { Resource: 'arn:aws:s3:::bucket/NORTH/*' }, {}, 'implicitDeny'],
    [
      'a folder, but not its name alone',
      { Resource: 'arn:aws:s3:::bucket/north/DOCK1/a.tar/*' },
      {},
      'implicitDeny',
    ],
    ['no colon by a wildcard', { Resource: 'arn:aws:*/a.tar' }, {}, 'allow'],
    ['no neighbouring segment', { Resource: 'arn:*:bucket/north/DOCK1/a.tar' }, {}, 'implicitDeny'],
  ]
  for (const [name, statement, request, expected] of cases) {
    test(name, () => assert.equal(decide(statement, request), expected))
  }
})

describe('a policy variable', () => {
  const folder = { Resource: `arn:aws:s3:::bucket/\${aws:PrincipalTag/fleet}/\${aws:PrincipalTag/dockSn}/*` }
  const tagged = (fleet: string, dockSn: string) => ({
    context: { 'aws:PrincipalTag/fleet': fleet, 'aws:PrincipalTag/dockSn': dockSn },
  })
  const cases: [string, Decision, Decision][] = [
    ['stands for its value', decide(folder, tagged('north', 'DOCK1')), 'allow'],
    ['stands for no other value', decide(folder, tagged('north', 'DOCK2')), 'implicitDeny'],
    [
      'is found in any case',
      decide(folder, { context: { 'AWS:principaltag/FLEET': 'north', 'aws:PrincipalTag/dockSn': 'DOCK1' } }),
      'allow',
    ],
    [
      'without a value matches nothing',
      decide(folder, { context: { 'aws:PrincipalTag/fleet': 'north' } }),
      'implicitDeny',
    ],
    ['brings in no wildcard', decide(folder, tagged('*', '*')), 'implicitDeny'],
    [
      'brings in no segment',
      decide({ Resource: `arn:aws:\${aws:PrincipalTag/fleet}::bucket/*` }, tagged('s3:', '')),
      'implicitDeny',
    ],
  ]
  for (const [name, decision, expected] of cases) test(name, () => assert.equal(decision, expected))
})

describe('a condition', () => {
  const cases: [string, object, RequestContext, boolean][] = [
    [
      'StringEquals, one of several',
      { StringEquals: { 'aws:SourceAccount': ['a', 'b'] } },
      { 'aws:SourceAccount': 'b' },
      true,
    ],
    [
      'StringEquals, another case',
      { StringEquals: { 'aws:SourceAccount': 'A' } },
      { 'aws:SourceAccount': 'a' },
      false,
    ],
    [
      'StringEquals, a star is a star',
      { StringEquals: { 'aws:SourceAccount': '*' } },
      { 'aws:SourceAccount': 'a' },
      false,
    ],
    ['StringEquals, no key', { StringEquals: { 'aws:SourceAccount': 'a' } }, {}, false],
    ['StringEqualsIfExists, no key', { StringEqualsIfExists: { 'aws:SourceAccount': 'a' } }, {}, true],
    [
      'StringEqualsIfExists, another',
      { StringEqualsIfExists: { 'aws:SourceAccount': 'a' } },
      { 'aws:SourceAccount': 'b' },
      false,
    ],
    [
      'StringNotEquals, none of several',
      { StringNotEquals: { 'aws:SourceAccount': ['a', 'b'] } },
      { 'aws:SourceAccount': 'b' },
      false,
    ],
    ['StringNotEquals, no key', { StringNotEquals: { 'aws:SourceAccount': 'a' } }, {}, true],
    [
      'StringNotEquals, variable without value',
      { StringNotEquals: { 'aws:SourceAccount': `\${aws:PrincipalTag/x}` } },
      { 'aws:SourceAccount': 'b' },
      false,
    ],
    ['Bool', { Bool: { 'aws:SecureTransport': false } }, { 'aws:SecureTransport': 'true' }, false],
    ['Null, key missing', { Null: { 'aws:RequestTag/fleet': 'true' } }, {}, true],
    ['Null, key wanted', { Null: { 'aws:RequestTag/fleet': 'false' } }, {}, false],
    [
      'ArnEquals, with wildcards',
      { ArnEquals: { 'aws:SourceArn': 'arn:aws:iot:*:1:rule/a*' } },
      { 'aws:SourceArn': 'arn:aws:iot:x:1:rule/abc' },
      true,
    ],
    [
      'ArnEquals, another account',
      { ArnEquals: { 'aws:SourceArn': 'arn:aws:iot:*:1:rule/*' } },
      { 'aws:SourceArn': 'arn:aws:iot:x:2:rule/a' },
      false,
    ],
    [
      'ForAllValues, all',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
      { 'aws:TagKeys': ['b', 'a'] },
      true,
    ],
    [
      'ForAllValues, one too many',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
      { 'aws:TagKeys': ['a', 'c'] },
      false,
    ],
    ['ForAllValues, no key', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, {}, true],
    [
      'two operators, one fails',
      { StringEquals: { 'aws:SourceAccount': 'a' }, Bool: { 'aws:SecureTransport': 'true' } },
      { 'aws:SourceAccount': 'a', 'aws:SecureTransport': 'false' },
      false,
    ],
  ]
  for (const [name, Condition, context, holds] of cases) {
    test(name, () => assert.equal(decide({ Condition }, { context }), holds ? 'allow' : 'implicitDeny'))
  }
})

describe('policies together', () => {
  const roleArn = 'arn:aws:iam::1:role/r'
  const sessionArn = 'arn:aws:sts::1:assumed-role/r/s'
  const caller: Caller = { kind: 'session', account: '1', roleArn, sessionArn }
  const request = { action: 's3:PutObject', resource: 'arn:aws:s3:::b/k', caller, context: {} }
  const wide = read('identity', allow({}))
  const other = read('identity', allow({ Action: 's3:GetObject' }))
  const deny = read('identity', allow({ Effect: 'Deny' }))
  const granting = (principal: unknown, Effect = 'Allow') =>
    read('resource', allow({ Principal: principal, Effect }))

  const cases: [string, Parameters<typeof explain>[0], string][] = [
    ['nothing allows', { identity: [] }, 'implicitDeny identity'],
    ['a deny beats an allow', { identity: [wide, deny] }, 'explicitDeny identity'],
    ['both allow', { identity: [wide], session: wide }, 'allow'],
    ['the session policy is narrower', { identity: [wide], session: other }, 'implicitDeny session'],
    ['the session policy is wider', { identity: [other], session: wide }, 'implicitDeny identity'],
    ['the session policy denies', { identity: [wide], session: deny }, 'explicitDeny session'],
    ['the resource grants the role', { identity: [], resource: granting({ AWS: roleArn }) }, 'allow'],
    [
      'the resource grants the role, the session is narrower',
      { identity: [], session: other, resource: granting({ AWS: roleArn }) },
      'implicitDeny session',
    ],
    [
      'the resource grants the very session',
      { identity: [], session: other, resource: granting({ AWS: sessionArn }) },
      'allow',
    ],
    [
      'the resource delegates to the account',
      { identity: [], resource: granting({ AWS: 'arn:aws:iam::1:root' }) },
      'implicitDeny identity',
    ],
    [
      'the resource grants somebody else',
      { identity: [], resource: granting({ AWS: 'arn:aws:iam::1:role/x', Service: 'events.amazonaws.com' }) },
      'implicitDeny identity',
    ],
    [
      'the resource denies everyone',
      { identity: [wide], resource: granting('*', 'Deny') },
      'explicitDeny resource',
    ],
    [
      'the resource denies the account',
      { identity: [wide], resource: granting({ AWS: '1' }, 'Deny') },
      'explicitDeny resource',
    ],
    [
      'trust is needed and there is none',
      { identity: [wide], resourceMustAllow: true },
      'implicitDeny resource',
    ],
    [
      'trust delegates and the identity allows',
      { identity: [wide], resource: granting({ AWS: '1' }), resourceMustAllow: true },
      'allow',
    ],
  ]
  for (const [name, policies, expected] of cases) {
    test(name, () => {
      const result = explain(policies, request)
      assert.equal(result.decision === 'allow' ? 'allow' : `${result.decision} ${result.by}`, expected)
    })
  }

  test('a service gets in by the resource policy alone', () => {
    const service: Caller = { kind: 'service', service: 'events.amazonaws.com' }
    const resource = granting({ Service: 'events.amazonaws.com' })
    assert.equal(evaluate({ identity: [], resource }, { ...request, caller: service }), 'allow')
    assert.equal(
      evaluate(
        { identity: [], resource: granting({ Service: 'sns.amazonaws.com' }) },
        { ...request, caller: service },
      ),
      'implicitDeny',
    )
  })
})

describe('for any policies and request', () => {
  const action = fc.constantFrom('s3:PutObject', 's3:GetObject', 's3:*', '*', 's3:Put*')
  const resource = fc.constantFrom(
    '*',
    'arn:aws:s3:::b/*',
    `arn:aws:s3:::b/\${aws:PrincipalTag/fleet}/*`,
    'arn:aws:s3:::b/a',
    'arn:aws:s3:::b/?',
  )
  const condition = fc.constantFrom(
    {},
    { StringEquals: { 'aws:PrincipalTag/fleet': 'a' } },
    { StringNotEquals: { 'aws:SourceAccount': 'a' } },
    { Null: { 'aws:SourceArn': 'true' } },
  )
  const statement = fc
    .tuple(fc.constantFrom('Allow', 'Allow', 'Deny'), action, resource, condition)
    .map(([Effect, Action, Resource, Condition]) => ({ Effect, Action, Resource, Condition }))
  const policy = fc
    .array(statement, { minLength: 1, maxLength: 4 })
    .map((statements) => read('identity', ...statements))
  const request = fc.record({
    action: fc.constantFrom('s3:PutObject', 's3:GetObject', 's3:DeleteObject'),
    resource: fc.constantFrom('arn:aws:s3:::b/a', 'arn:aws:s3:::b/a/x', 'arn:aws:s3:::c/a'),
    context: fc.constantFrom<RequestContext>(
      {},
      { 'aws:PrincipalTag/fleet': 'a' },
      { 'aws:SourceAccount': 'a', 'aws:SourceArn': 'j' },
    ),
  })
  const allowed = (decision: Decision) => decision === 'allow'

  test('one more Deny never widens', () => {
    fc.assert(
      fc.property(policy, statement, request, (identity, more, asked) => {
        const denying = read('identity', { ...more, Effect: 'Deny' })
        const [wide, narrow] = [[identity], [identity, denying]].map((policies) =>
          evaluate({ identity: policies }, asked),
        )
        assert.ok(narrow && wide && (!allowed(narrow) || allowed(wide)))
      }),
    )
  })

  test('a session policy never widens, and none allows more than it says itself', () => {
    fc.assert(
      fc.property(policy, policy, request, (identity, session, asked) => {
        const together = evaluate({ identity: [identity], session }, asked)
        const each = [identity, session].map((one) => evaluate({ identity: [one] }, asked))
        assert.equal(allowed(together), each.every(allowed))
      }),
    )
  })
})
