import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bindings } from '../../../lambdas/organizations/bindings.ts'
import { wireOrganizations } from '../../support/organizations.ts'
import { openTable } from '../../support/table.ts'

const dock = '7CTDM0000000001'

describe('a dock', () => {
  const world = openTable()

  it('gets its licence and the time server, unwrapped', async () => {
    assert.deepEqual(await wireOrganizations(world.table).ask(dock, 'config', { config_type: 'json' }), {
      app_id: '1',
      app_key: 'key',
      app_license: 'licence',
      ntp_server_host: 'ntp.example.com',
    })
  })

  it('is refused at once when the licence cannot be read', async () => {
    const use = wireOrganizations(world.table, () => Promise.reject(new Error('no secret')))
    assert.deepEqual(await use.ask(dock, 'config', {}), { result: 1 })
  })

  it('learns that there are no flight areas and no maps', async () => {
    const use = wireOrganizations(world.table)
    for (const method of ['flight_areas_get', 'offline_map_get'])
      assert.deepEqual(await use.ask(dock, method, null), { result: 0, output: { files: [] } })
  })

  it('is refused if we have no answer, which is counted', async () => {
    const use = wireOrganizations(world.table)
    assert.deepEqual(await use.ask('NEW1', 'storage_config_get', { module: 0 }), { result: 1 })
    assert.deepEqual(await use.rejectedReasons('NEW1'), ['unsupportedRequest'])
  })

  it('is refused if it names another dock, which is counted, and nothing is bound', async () => {
    const use = wireOrganizations(world.table)
    const code = await use.code()
    const bind = {
      bind_devices: [{ sn: 'NEW2', organization_id: 'acme', device_binding_code: code }],
    }
    const message = { tid: 't', method: 'airport_organization_bind', gateway: 'ANOTHER', data: bind }
    const [reply] = await use.say('request', 'NEW2', message)
    assert.deepEqual(JSON.parse(reply?.payload ?? '').data, { result: 1 })
    assert.deepEqual(await use.rejectedReasons('NEW2'), ['foreignGateway'])
    assert.equal(await use.docks.find('NEW2', 'all'), undefined)
  })

  it('gets no reply to what cannot be answered, which is counted', async () => {
    const use = wireOrganizations(world.table)
    for (const kind of ['request', 'topology']) assert.deepEqual(await use.say(kind, 'NEW3', 'no JSON'), [])
    assert.deepEqual(await use.rejectedReasons('NEW3'), ['notJson'])
  })

  it('cannot have a name that none has', async () => {
    const use = wireOrganizations(world.table)
    assert.deepEqual(await use.say('request', 'A-B', { tid: 't', method: 'config' }), [])
  })

  it('gets acknowledgements for messages that need them, also of its aircraft, unless another function sends them', async () => {
    const use = wireOrganizations(world.table)
    const asking = { tid: 't', bid: 'b', need_reply: 1, method: 'drc_status_notify' }
    const topics = async (kind: string, source: string, message: object) =>
      (await use.say(kind, source, message)).map(({ topic }) => topic)
    assert.deepEqual(await topics('event', dock, asking), [`thing/product/${dock}/events_reply`])
    assert.deepEqual(await topics('state', '1581F1', asking), ['thing/product/1581F1/state_reply'])
    assert.deepEqual(await topics('event', dock, { ...asking, need_reply: 0 }), [])
    assert.deepEqual(await topics('event', dock, { ...asking, method: 'fileupload_progress' }), [])
  })

  it('and its aircraft are removed from their organization by those who may, and may bind to another', async () => {
    const use = wireOrganizations(world.table)
    const code = await use.code({ fleet: 'north' })
    await use.bind('NEW4', { NEW4: { code }, NEW4A: { code } })
    const { unbind } = bindings(world.table)
    const by = { by: 'ann', now: use.clock.now }
    assert.equal(await unbind('NEW4', ['south'], by), false)
    assert.equal(await unbind('NEW9', 'all', by), false)
    assert.deepEqual(await use.boundTo('NEW4', 'NEW4', 'NEW4A'), ['acme', 'acme'])
    for (const fleets of [['north'], 'all'] as const) assert.equal(await unbind('NEW4', fleets, by), true)
    assert.deepEqual(await use.boundTo('NEW4', 'NEW4', 'NEW4A'), [undefined, undefined])
    const other = { organization: 'other', code: await use.code({ organization: 'other' }) }
    assert.deepEqual(await use.bind('NEW4', { NEW4: other, NEW4A: other }), { NEW4: 0, NEW4A: 0 })
  })
})
