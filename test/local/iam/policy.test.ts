import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type PolicyKind, parsePolicy } from '../../../local/iam/policy.ts'
import { createPrincipals } from '../../../local/iam/principals.ts'

const statement = { Effect: 'Allow', Action: 's3:PutObject', Resource: '*' }
const reason = (changes: object, kind: PolicyKind = 'identity'): string => {
  const parsed = parsePolicy({ Version: '2012-10-17', Statement: { ...statement, ...changes } }, kind)
  return parsed.outcome === 'refused' ? parsed.reason : 'parsed'
}

describe('a policy that cannot be emulated is refused by name', () => {
  const cases: [string, object, RegExp][] = [
    ['a misspelt element', { Acton: 's3:GetObject' }, /Acton/],
    ['NotPrincipal', { NotPrincipal: '*' }, /NotPrincipal/],
    ['an unknown operator', { Condition: { StringMatches: { 'aws:SourceAccount': 'a' } } }, /StringMatches/],
    [
      'an operator that no policy of ours has',
      { Condition: { StringLike: { 'aws:SourceAccount': '1*' } } },
      /StringLike/,
    ],
    [
      'a quantifier of that kind',
      { Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } } },
      /ForAnyValue/,
    ],
    ['a name every object has', { Condition: { constructor: { 'aws:SourceAccount': 'a' } } }, /constructor/],
    ['Null with IfExists', { Condition: { NullIfExists: { 'aws:SourceAccount': 'a' } } }, /NullIfExists/],
    ['an unknown key', { Condition: { StringEquals: { 'aws:ResourceTag/a': 'a' } } }, /aws:ResourceTag\/a/],
    ['an unknown variable', { Resource: `arn:aws:s3:::b/\${aws:username}/*` }, /\$\{aws:username\}/],
    [
      'an unknown variable in a condition',
      { Condition: { StringEquals: { 'aws:SourceAccount': `\${cognito:sub}` } } },
      /cognito:sub/,
    ],
    ['NotAction', { NotAction: 's3:*' }, /NotAction/],
    ['NotResource', { NotResource: '*' }, /NotResource/],
    ['a variable with a fallback', { Resource: `arn:aws:s3:::\${aws:PrincipalTag/a, 'b'}` }, /'b'\}/],
    ['no resource', { Resource: undefined }, /Resource/],
    ['a principal where none belongs', { Principal: '*' }, /no Principal/],
    ['a third effect', { Effect: 'Maybe' }, /Effect/],
  ]
  for (const [name, changes, expected] of cases) test(name, () => assert.match(reason(changes), expected))

  test('by kind', () => {
    assert.equal(reason({}), 'parsed')
    assert.match(reason({}, 'resource'), /a Principal/)
    assert.match(reason({ Principal: '*' }, 'trust'), /no Resource/)
    assert.match(reason({ Principal: { Federated: 'x' } }, 'resource'), /Federated/)
    assert.equal(
      reason({ Principal: { Service: 'lambda.amazonaws.com' }, Resource: undefined }, 'trust'),
      'parsed',
    )
  })

  test('in older versions of the language, and where it is no policy', () => {
    assert.equal(parsePolicy({ Version: '2008-10-17', Statement: statement }, 'identity').outcome, 'refused')
    for (const document of [undefined, null, 'text', [], { Version: '2012-10-17', Statement: [] }]) {
      assert.equal(parsePolicy(document, 'identity').outcome, 'refused')
    }
  })

  test('with the role it belongs to, at start', () => {
    const arn = 'arn:aws:iam::111122223333:role/broken'
    const role = {
      arn,
      name: 'broken',
      policies: [{ Version: '2012-10-17', Statement: { ...statement, Acton: 'x' } }],
      trust: {},
      maxSessionSeconds: 3600,
    }
    assert.throws(
      () => createPrincipals({ roles: [role], secret: 's', now: Date.now }),
      /role\/broken.*Acton/s,
    )
  })
})
