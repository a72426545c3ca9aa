import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { dockAuthorizer, type Refused } from '../../../lambdas/accounts/authorize.ts'
import { policyOf } from '../../../lambdas/accounts/policy.ts'
import { accountStore } from '../../../lambdas/accounts/store.ts'
import { aircraftKey, dockKey, topologyKey } from '../../../lambdas/table/keys.ts'
import { evaluate } from '../../../local/iam/evaluate.ts'
import { requirePolicy } from '../../../local/iam/policy.ts'
import { wireApi } from '../../support/api.ts'
import { overtaken } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'

const iot = 'arn:aws:iot:eu-central-1:000000000000'
const Made = z.object({ userName: z.string(), password: z.string() })
type Made = z.infer<typeof Made>

const start = () => {
  const world = openTable()
  const { table } = world
  const api = wireApi(table)
  const clock = { now: 1_000_000 }
  const refused: Refused[] = []
  const authorizer = (over = table) =>
    dockAuthorizer({
      accounts: accountStore(over),
      iot,
      now: () => clock.now,
      refused: (one) => void refused.push(one),
    })
  const authorize = authorizer()
  const account = async (body: object = { fleet: 'north' }): Promise<Made> => {
    const answer = await api.call('createDockAccount', { body })
    assert.equal(answer.status, 201, answer.text)
    return Made.parse(JSON.parse(answer.text))
  }
  const logIn = ({ userName, password }: Made, clientId: string, ask = authorize) =>
    ask({
      protocolData: {
        mqtt: { username: userName, password: Buffer.from(password).toString('base64'), clientId },
      },
    })
  /** What comes of it: `in`, or why not. */
  const tried = async (made: Made, clientId: string): Promise<string> => {
    refused.splice(0)
    const { isAuthenticated } = await logIn(made, clientId)
    return isAuthenticated ? 'in' : (refused[0]?.fault ?? 'nothing was told')
  }
  const set = (Key: { pk: string; sk: string }, name: string, value: unknown) =>
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key,
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value },
      }),
    )
  const change = (route: 'rotateDockAccount' | 'revokeDockAccount', { userName }: Made) =>
    api.call(route, { params: { userName } })
  return { ...world, api, clock, refused, authorizer, account, logIn, tried, set, change }
}

suite('A login', () => {
  test('of an account without a dock assigns it to the first dock, with all of its client ids', async () => {
    const { account, tried } = start()
    const made = await account()
    assert.equal(await tried(made, 'SN1'), 'in')
    assert.equal(await tried(made, 'SN1-1763765000000'), 'in')
    assert.equal(await tried(made, 'SN2'), 'accountOfAnotherDock')
    const second = await account()
    assert.equal(await tried(second, 'SN1'), 'dockHasAnotherAccount')
    assert.equal(await tried(second, 'SN2'), 'in')
  })

  test('of two docks with one account at the same moment admits one of them', async () => {
    const { account, logIn, authorizer } = start()
    const made = await account()
    const answers = await Promise.all(['SN1', 'SN2', 'SN3'].map((sn) => logIn(made, sn, authorizer())))
    assert.equal(answers.filter(({ isAuthenticated }) => isAuthenticated).length, 1)
  })

  test('is refused if the account or the dock changes while it is checked', async () => {
    const { table, account, logIn, authorizer, change, refused, api } = start()
    const changes: Record<string, (made: Made) => Promise<unknown>> = {
      SN1: (made) => change('rotateDockAccount', made),
      SN2: (made) => change('revokeDockAccount', made),
      SN3: async () => logIn(await account(), 'SN3'),
    }
    for (const [dockSn, happens] of Object.entries(changes)) {
      const made = await account()
      const over = overtaken(table, /^TransactWrite/, () => happens(made))
      const { isAuthenticated } = await logIn(made, dockSn, authorizer(over))
      assert.deepEqual([isAuthenticated, refused.pop()?.fault], [false, 'changedMeanwhile'], dockSn)
    }
    const { text } = await api.call('listDockAccounts', { query: {} })
    assert.deepEqual(
      [...text.matchAll(/"dockSn":"(\w+)"/g)].map(([, dockSn]) => dockSn),
      ['SN3'],
    )
  })

  test('is refused where the account is for another dock or the dock in another fleet', async () => {
    const { account, api, tried } = start()
    const made = await account({ fleet: 'north', dockSn: 'SN1' })
    assert.equal(await tried(made, 'SN2'), 'accountOfAnotherDock')
    await api.call('registerDock', { params: { dockSn: 'SN3' }, body: { fleet: 'south' } })
    assert.equal(await tried(await account(), 'SN3'), 'dockInAnotherFleet')
    await api.call('registerDock', { params: { dockSn: 'SN1' }, body: { fleet: 'north' } })
    assert.equal(await tried(made, 'SN1'), 'in')
  })

  test('needs a client id that is the serial number, alone or with a hyphen and more', async () => {
    const { account, tried } = start()
    const made = await account({ fleet: 'north', dockSn: 'SN1' })
    for (const clientId of ['', '-SN1', 'SN1*', 'SN1/1', '+', 'S'.repeat(33)])
      assert.equal(await tried(made, clientId), 'clientIdOfNoDock', clientId)
    assert.equal(await tried(made, 'SN12'), 'accountOfAnotherDock')
  })

  test('that is malformed is refused, whatever it contains', async () => {
    const { authorizer } = start()
    const mqtt = { username: 'dockabcdefgh', clientId: 'SN1' }
    for (const event of [undefined, {}, { protocolData: { http: {} } }, { protocolData: { mqtt } }])
      assert.equal((await authorizer()(event)).isAuthenticated, false)
  })

  test('ends at once with a revocation, and the dock may get another account', async () => {
    const { account, tried, change, api } = start()
    const made = await account()
    assert.equal(await tried(made, 'SN1-7'), 'in')
    assert.equal((await change('revokeDockAccount', made)).status, 204)
    assert.deepEqual(new Set(api.cutOff), new Set(['SN1', 'SN1-7']))
    assert.equal(await tried(made, 'SN1'), 'accountRevoked')
    assert.equal((await change('rotateDockAccount', made)).status, 409)
    assert.equal(await tried(await account({ fleet: 'north', dockSn: 'SN1' }), 'SN1'), 'in')
    api.cutOff.splice(0)
    assert.equal((await change('revokeDockAccount', made)).status, 204)
    assert.deepEqual(api.cutOff, [])
  })

  test('that assigns the account while it is revoked leaves the dock without an account', async () => {
    const { table, account, logIn, tried } = start()
    const made = await account()
    const over = wireApi(overtaken(table, /^TransactWrite/, () => logIn(made, 'SN1')))
    const revoked = await over.call('revokeDockAccount', { params: { userName: made.userName } })
    assert.equal(revoked.status, 204)
    assert.deepEqual(over.cutOff, ['SN1'])
    assert.equal(await tried(await account({ fleet: 'north', dockSn: 'SN1' }), 'SN1'), 'in')
  })

  test('accepts the new password after a rotation, and no longer the old one', async () => {
    const { account, tried, change, clock } = start()
    const made = await account()
    assert.equal(await tried(made, 'SN1'), 'in')
    const renewed = Made.parse(JSON.parse((await change('rotateDockAccount', made)).text))
    assert.equal(await tried(made, 'SN1'), 'wrongPassword')
    clock.now += 5_000
    assert.equal(await tried(renewed, 'SN1'), 'in')
  })

  test('guessed a thousand times costs two reads, and the right one gets in meanwhile', async () => {
    const { account, logIn, used, clock } = start()
    const made = await account()
    used.splice(0)
    for (let n = 0; n < 1_000; n++) {
      clock.now += 9
      const { isAuthenticated } = await logIn({ ...made, password: `guess ${n}` }, 'SN1')
      assert.equal(isAuthenticated, false)
    }
    assert.equal(used.length, 2)
    assert.equal((await logIn(made, 'SN1')).isAuthenticated, true)
  })

  test('with a name that no account can have costs no read', async () => {
    const { logIn, used } = start()
    used.splice(0)
    for (const userName of ['admin', '', 'dock', 'DOCKABCDEFGH', 'dockabcdefghj'])
      await logIn({ userName, password: '' }, 'SN1')
    assert.equal(used.length, 0)
  })
})

suite('An account', () => {
  const account = (userName: string, dockSn: string) => ({
    userName,
    dockSn,
    fleet: 'north',
    passwordHash: 'hash',
    createdAt: 1,
    createdBy: 'ann',
    clientIds: [],
  })

  test('is created only once, and only one of a dock', async () => {
    const accounts = accountStore(openTable().table)
    assert.equal(await accounts.create(account('first', 'SN1')), 'created')
    assert.equal(await accounts.create(account('first', 'SN2')), 'nameTaken')
    assert.equal(await accounts.create(account('second', 'SN1')), 'dockTaken')
    assert.equal(await accounts.create(account('second', 'SN2')), 'created')
  })

  test('keeps who revoked it first', async () => {
    const accounts = accountStore(openTable().table)
    const made = account('first', 'SN1')
    await accounts.create(made)
    assert.equal(await accounts.revoke(made, { revokedAt: 2, revokedBy: 'ann' }), true)
    assert.equal(await accounts.create(account('second', 'SN1')), 'created')
    assert.equal(await accounts.revoke(made, { revokedAt: 3, revokedBy: 'ben' }), false)
    const revoked = await accounts.find('first', 'all')
    assert.deepEqual([revoked?.revokedAt, revoked?.revokedBy], [2, 'ann'])
    assert.equal((await accounts.dockFacts('SN1')).owner, 'second')
  })

  test('that its time to live has deleted is not brought back by a rotation', async () => {
    const accounts = accountStore(openTable().table)
    const change = { passwordHash: 'other', rotatedAt: 2, rotatedBy: 'ann' }
    assert.equal(await accounts.rotate('first', change), undefined)
    assert.equal(await accounts.find('first', 'all'), undefined)
  })
})

const may = (documents: ReturnType<typeof policyOf>) => {
  const identity = documents.map((document) => requirePolicy(document, 'identity', 'a dock'))
  return (action: string, path: string): boolean =>
    evaluate({ identity }, { action, resource: `${iot}:${path}`, context: {} }) === 'allow'
}

suite('The policy of a login', () => {
  const allowed = may(policyOf('SN1', ['AIR1', 'AIR2'], iot))

  const matrix: [action: string, kind: string, name: string, expected: boolean][] = [
    ['iot:Connect', 'client', 'SN1', true],
    ['iot:Connect', 'client', 'SN1-7', true],
    ['iot:Connect', 'client', 'SN12', false],
    ['iot:Connect', 'client', '*', false],
    ...['services_reply', 'events', 'requests', 'osd', 'state', 'property/set_reply', 'drc/up'].map(
      (kind): [string, string, string, boolean] => [
        'iot:Publish',
        'topic',
        `thing/product/SN1/${kind}`,
        true,
      ],
    ),
    ['iot:Publish', 'topic', 'sys/product/SN1/status', true],
    ...['services', 'events_reply', 'requests_reply', 'state_reply'].map(
      (kind): [string, string, string, boolean] => [
        'iot:Publish',
        'topic',
        `thing/product/SN1/${kind}`,
        false,
      ],
    ),
    ...['AIR1', 'AIR2'].flatMap((sn) =>
      ['osd', 'state', 'events'].map((kind): [string, string, string, boolean] => [
        'iot:Publish',
        'topic',
        `thing/product/${sn}/${kind}`,
        true,
      ]),
    ),
    ['iot:Publish', 'topic', 'thing/product/AIR1/requests', false],
    ['iot:Publish', 'topic', 'thing/product/AIR3/osd', false],
    ['iot:Publish', 'topic', 'thing/product/SN2/events', false],
    ['iot:Publish', 'topic', 'sys/product/SN2/status', false],
    ['iot:Publish', 'topic', '$aws/events/presence/connected/SN1', false],
    ['iot:Publish', 'topic', '$aws/things/SN1/shadow/update', false],
    ['iot:Publish', 'topic', 'groundcrew/presence/SN1', false],
    ['iot:Subscribe', 'topicfilter', 'thing/product/SN1/services', true],
    ['iot:Subscribe', 'topicfilter', 'thing/product/SN1/#', true],
    ['iot:Subscribe', 'topicfilter', 'sys/product/SN1/status_reply', true],
    ['iot:Subscribe', 'topicfilter', 'thing/product/AIR1/events_reply', true],
    ['iot:Subscribe', 'topicfilter', 'thing/product/+/services', false],
    ['iot:Subscribe', 'topicfilter', 'thing/product/#', false],
    ['iot:Subscribe', 'topicfilter', '#', false],
    ['iot:Subscribe', 'topicfilter', '$aws/#', false],
    ['iot:Subscribe', 'topicfilter', 'thing/product/SN2/services', false],
    ['iot:Receive', 'topic', 'thing/product/SN1/services', true],
    ['iot:Receive', 'topic', 'thing/product/SN2/services', false],
    ['iot:Receive', 'topic', 'oc/devices/d/sys/events/down', false],
  ]
  for (const [action, kind, name, expected] of matrix)
    test(`${expected ? 'allows' : 'denies'} ${action} on ${name}`, () => {
      assert.equal(allowed(action, `${kind}/${name}`), expected)
    })

  test('fits into what IoT Core takes, with the longest names', () => {
    const longest = 'arn:aws-us-gov:iot:ap-southeast-1:000000000000'
    const documents = policyOf('S'.repeat(32), ['A'.repeat(32), 'B'.repeat(32), 'C'.repeat(32)], longest)
    assert.ok(documents.length <= 10)
    for (const document of documents) assert.ok(JSON.stringify(document).length <= 2048)
  })

  test('has the aircraft that the dock reported, that it last had, or that somebody registered', async () => {
    const { account, logIn, set } = start()
    const made = await account({ fleet: 'default', dockSn: 'SN1' })
    const flies = async () => {
      const allowedNow = may((await logIn(made, 'SN1')).policyDocuments)
      return ['AIR1', 'AIR2', 'AIR3'].filter((sn) =>
        allowedNow('iot:Publish', `topic/thing/product/${sn}/osd`),
      )
    }
    await set(dockKey('SN1'), 'fleet', 'default')
    await set(dockKey('SN1'), 'aircraftSn', 'AIR3')
    assert.deepEqual(await flies(), ['AIR3'])
    await set(aircraftKey('AIR1'), 'dockSn', 'SN1')
    await set(topologyKey('SN1'), 'aircraft', [{ sn: 'AIR1', model: 'm' }])
    assert.deepEqual(await flies(), ['AIR1'])
    await set(topologyKey('SN1'), 'aircraft', [])
    await set(dockKey('SN1'), 'connectedAircraftSn', 'AIR1')
    assert.deepEqual(await flies(), ['AIR1'])
    await set(aircraftKey('AIR1'), 'dockSn', 'SN2')
    assert.deepEqual(await flies(), [])
    await set(dockKey('SN1'), 'boundAircraft', ['AIR1', 'AIR2'])
    await set(aircraftKey('AIR2'), 'dockSn', 'SN1')
    assert.deepEqual(await flies(), ['AIR2'], 'bound with it, and not yet told of')
    await set(topologyKey('SN1'), 'aircraft', [{ sn: 'AIR2', model: 'm' }])
    await set(dockKey('AIR2'), 'fleet', 'south')
    assert.deepEqual(await flies(), [], 'registered as a dock since')
  })
})
