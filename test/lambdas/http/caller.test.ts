import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callerOf, fleetsWith, isAccessToken } from '../../../lambdas/http/caller.ts'
import type { Permission } from '../../../lambdas/http/route.ts'
import { env as names } from '../../../lambdas/runtime/env.ts'
import type { Fleets } from '../../../lambdas/table/fleets.ts'

const fleets = (claims: Record<string, unknown>, permission: Permission, env = {}): Fleets | undefined =>
  fleetsWith(callerOf(claims, env), permission)

describe('a grant', () => {
  const cases: [string, Record<string, unknown>, Permission, Fleets | undefined][] = [
    ['by scope', { scope: 'openid groundcrew/read' }, 'read', 'all'],
    ['by scope, not of another service', { scope: 'other/read read' }, 'read', undefined],
    ['by group, as API Gateway sends several', { 'cognito:groups': '[a read b]' }, 'read', 'all'],
    ['by group, as it sends one', { 'cognito:groups': '[read]' }, 'read', 'all'],
    ['by group, not with two fleets in it', { 'cognito:groups': '[read@a@b]' }, 'read', undefined],
    ['by group, with commas', { 'cognito:groups': '[read, operate]' }, 'operate', 'all'],
    ['by group, as a list', { 'cognito:groups': ['read', 7] }, 'read', 'all'],
    ['by group, not of a similar name', { 'cognito:groups': '[reader readonly READ]' }, 'read', undefined],
    ['by group, not by the name of a scope', { 'cognito:groups': '[groundcrew/read]' }, 'read', undefined],
    ['for a fleet', { scope: 'groundcrew/read@north' }, 'read', ['north']],
    [
      'for several fleets, each once',
      { 'cognito:groups': '[read@north read@south read@north]' },
      'read',
      ['north', 'south'],
    ],
    ['for all fleets beside one', { 'cognito:groups': '[read@north read]' }, 'read', 'all'],
    ['for no fleet by name is not one for all', { 'cognito:groups': '[read@]' }, 'read', ['']],
    ['of one thing is not of another', { scope: 'groundcrew/operate' }, 'read', undefined],
    ['of an admin is of everything', { scope: 'groundcrew/admin' }, 'download', 'all'],
    [
      'of an admin of a fleet is of everything there',
      { scope: 'groundcrew/admin@north groundcrew/read@south' },
      'read',
      ['north', 'south'],
    ],
    ['of an admin is not for devices', { scope: 'groundcrew/admin' }, 'ingest', undefined],
    ['for devices is for nothing else', { scope: 'groundcrew/ingest' }, 'read', undefined],
    ['is not made of nothing', {}, 'read', undefined],
    [
      'is not made of a claim of another type',
      { scope: 7, 'cognito:groups': { read: true } },
      'read',
      undefined,
    ],
  ]
  for (const [name, claims, permission, expected] of cases)
    it(name, () => assert.deepEqual(fleets(claims, permission), expected))

  it('is read from the claim that the environment names', () => {
    const env = { [names.groupsClaim]: 'roles' }
    assert.equal(fleets({ roles: '[read]' }, 'read', env), 'all')
    assert.equal(fleets({ 'cognito:groups': '[read]' }, 'read', env), undefined)
  })
})

describe('the name of a caller', () => {
  const nameOf = (claims: Record<string, unknown>) => callerOf({ sub: 'sub-1', ...claims }, {}).name

  it('is as the issuer has it', () => {
    for (const username of ['ann', 'storage-team', 'my groundcrew'])
      assert.equal(nameOf({ username }), username)
  })

  for (const username of ['groundcrew', 'storage', 'Storage', ' groundcrew', 'ground\u200bcrew', 'ｓtorage'])
    it(`is not one of the system: ${JSON.stringify(username)}`, () => {
      for (const claims of [{ username }, { 'cognito:username': username }, { client_id: username }])
        assert.equal(nameOf(claims), `${username} (sub-1)`)
      assert.equal(callerOf({ sub: username }, {}).name, `${username} (${username})`)
    })
})

describe('a group of an issuer whose groups have a prefix', () => {
  const env = { [names.groupPrefix]: 'groundcrew:' }
  it('is a grant with it, for a fleet or all', () => {
    assert.deepEqual(fleets({ 'cognito:groups': '[groundcrew:operate@north]' }, 'operate', env), ['north'])
    assert.equal(fleets({ 'cognito:groups': '[groundcrew:admin]' }, 'read', env), 'all')
  })
  it('is none without it, such as half of a group name with a space', () =>
    assert.equal(fleets({ 'cognito:groups': '[Site admin operate]' }, 'operate', env), undefined))
  it('leaves scopes as they are', () =>
    assert.equal(fleets({ scope: 'groundcrew/read' }, 'read', env), 'all'))
})

describe('a token', () => {
  const cases: [string, Record<string, unknown>, boolean][] = [
    ['of Cognito for an API', { token_use: 'access' }, true],
    ['of Cognito for a client', { token_use: 'id', aud: 'web' }, false],
    ['that says it is for something else', { token_use: 'refresh' }, false],
    ['of Keycloak for an API', { typ: 'Bearer', azp: 'web' }, true],
    ['of Keycloak for a client', { typ: 'ID', aud: 'web' }, false],
    ['with the hash of the access token beside it', { at_hash: 'MTIzNDU2Nzg' }, false],
    ['with the hash of the code beside it', { c_hash: 'LDktKdoQak3Pk0cnXxCltA' }, false],
    ['of an issuer that does not say', { sub: 'u1', aud: 'https://api' }, true],
  ]
  for (const [name, claims, expected] of cases)
    it(`${name} is ${expected ? 'one' : 'none'} that opens the API`, () =>
      assert.equal(isAccessToken(claims), expected))
})

describe('a caller', () => {
  for (const [name, claims, expected] of [
    ['is a person by name', { sub: 'u1', username: 'ann', client_id: 'web' }, ['u1', 'ann']],
    ['is a person by another claim of the name', { sub: 'u1', 'cognito:username': 'ann' }, ['u1', 'ann']],
    ['is a machine by its client', { sub: 'm1', client_id: 'm1' }, ['m1', 'm1']],
    ['is known by its subject, if by nothing else', { sub: 'u1' }, ['u1', 'u1']],
  ] as const)
    it(name, () => {
      const { id, name } = callerOf(claims, {})
      assert.deepEqual([id, name], expected)
    })
})
