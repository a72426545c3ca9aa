import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { wireApi } from '../../../support/api.ts'
import { openTable } from '../../../support/table.ts'
import { opened, seconds } from '../../../support/upload-facts.ts'

const Shown = z.object({
  id: z.string(),
  state: z.string(),
  failure: z.object({ code: z.string() }).optional(),
})

describe('asking a dock for its logs', () => {
  const world = openTable()
  let docks = 0

  const setUp = async () => {
    const api = wireApi(world.table)
    docks += 1
    const dockSn = `DOCK${docks}`
    await api.docks.register(dockSn, { fleet: 'north' }, 'all', opened)
    const ask = (body?: unknown, headers: Record<string, string> = {}) =>
      api.call('requestListing', { params: { dockSn }, body, headers })
    const show = async (id: string) =>
      Shown.parse((await api.call('getListing', { params: { dockSn, id } })).body)
    return { api, dockSn, ask, show }
  }

  it('sends the command, and answers 202 with where the answer will be', async () => {
    const { api, dockSn, ask, show } = await setUp()
    const answer = await ask()
    const { id } = Shown.parse(answer.body)
    assert.deepEqual(
      [answer.status, answer.headers.location],
      [202, `/v1/docks/${dockSn}/log-listings/${id}`],
    )
    const [command] = api.sent
    assert.equal(command?.expiresInSeconds, 30)
    const { tid, data } = JSON.parse(command?.payload ?? '')
    assert.deepEqual([tid, data], [id, { module_list: ['0', '3'] }])
    assert.equal((await show(id)).state, 'requested')
    assert.deepEqual(await api.commands.find(dockSn, id), { kind: 'list', subject: id })
  })

  it('asks for the requested modules, each once', async () => {
    const { api, ask } = await setUp()
    await ask({ modules: ['dock', 'dock'] })
    assert.deepEqual(JSON.parse(api.sent[0]?.payload ?? '').data, { module_list: ['3'] })
  })

  it('has timed out from the deadline of the command on', async () => {
    const { api, ask, show } = await setUp()
    const { id } = Shown.parse((await ask()).body)
    api.clock.now = opened + seconds(30)
    const { state, failure } = await show(id)
    assert.deepEqual([state, failure?.code], ['timedOut', 'noAnswer'])
  })

  it('is a 503 when the broker refuses the command; the key can be used again', async () => {
    const { api, dockSn, ask, show } = await setUp()
    const key = { 'idempotency-key': `listing-${dockSn}` }
    api.broken.add('broker')
    const answer = await ask({}, key)
    assert.deepEqual([answer.status, answer.problem.name], [503, 'command-not-sent'])
    assert.doesNotMatch(answer.text, /internal text/)
    const { Items = [] } = await world.table.client.send(
      new QueryCommand({
        TableName: world.table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :listings)',
        ExpressionAttributeValues: { ':pk': `DOCK#${dockSn}`, ':listings': 'LISTING#' },
      }),
    )
    const shown = await Promise.all(Items.map(({ id }) => show(id)))
    assert.deepEqual(
      shown.map(({ failure }) => failure?.code),
      ['notSent'],
    )
    api.broken.clear()
    assert.equal((await ask({}, key)).status, 202)
  })

  it('with a key asks once, and refuses the key for another request', async () => {
    const { api, dockSn, ask } = await setUp()
    const key = { 'idempotency-key': `listing-${dockSn}` }
    const first = Shown.parse((await ask({}, key)).body)
    assert.equal(Shown.parse((await ask({}, key)).body).id, first.id)
    assert.equal((await ask({ modules: ['dock'] }, key)).problem.name, 'idempotency-key-reused')
    assert.equal(api.sent.length, 1)
  })

  it('is possible while an upload is under way, and several times', async () => {
    const { api, ask } = await setUp()
    await ask()
    await ask()
    assert.equal(api.sent.length, 2)
  })

  it('is a 404 for a dock that is not there', async () => {
    const { api } = await setUp()
    const answer = await api.call('requestListing', { params: { dockSn: 'NOBODY' } })
    assert.deepEqual([answer.status, answer.problem.name], [404, 'unknown-dock'])
  })
})
