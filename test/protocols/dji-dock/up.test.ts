import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readFirmware, readNeedsReply, readRequest, readTopology } from '../../../protocols/dji-dock/up.ts'
import { payload } from './payload.ts'

const dockSn = '7CTDLAB00A0001'
const aircraftSn = '1581F6Q8D23CT00A'
const answerTo = { requestId: 't-1', processId: 'b-1' }

const request = (message: object) =>
  readRequest(dockSn, payload({ tid: 't-1', bid: 'b-1', timestamp: 1, ...message }))
const topology = (data: unknown, message: object = {}) =>
  readTopology(dockSn, payload({ tid: 't-1', bid: 'b-1', method: 'update_topo', data, ...message }))
const aircraft = { sn: aircraftSn, domain: '0', type: 100, sub_type: 1, index: 'A' }
const aircraftOf = (data: unknown) => {
  const read = topology(data)
  return read.outcome === 'understood' ? read.fact.aircraft : read
}

describe('a request', () => {
  it('without an id cannot be answered, and is refused with the place', () => {
    assert.deepEqual(readRequest(dockSn, payload({ method: 'config', data: {} })), {
      outcome: 'notUnderstood',
      reason: 'noRequestId',
      path: 'tid',
    })
  })

  it('that is not JSON, or not an object, is refused', () => {
    for (const [bytes, reason] of [
      ['{', 'notJson'],
      ['[]', 'notAnObject'],
    ] as const)
      assert.deepEqual(readRequest(dockSn, Buffer.from(bytes)), {
        outcome: 'notUnderstood',
        reason,
        path: '',
      })
  })

  it('that names another dock than its topic is refused, with a reply to the dock', () => {
    assert.deepEqual(request({ method: 'config', gateway: 'ANOTHER', data: {} }), {
      outcome: 'notUnderstood',
      reason: 'foreignGateway',
      path: 'gateway',
      answerTo: { ...answerTo, method: 'config' },
    })
    assert.equal(request({ method: 'config', gateway: ' ', data: {} }).outcome, 'understood')
    assert.equal(request({ method: 'config', gateway: dockSn, data: {} }).outcome, 'understood')
  })

  it('without a method is known by its fields, or refused', () => {
    const read = request({ data: { config_type: 'json' } })
    assert.deepEqual(read.outcome === 'understood' && read.fact, {
      ask: { kind: 'config' },
      answerTo: { ...answerTo, method: 'config' },
    })
    assert.deepEqual(request({ data: { else: 1 } }), {
      outcome: 'notUnderstood',
      reason: 'noMethod',
      path: 'method',
      answerTo,
    })
  })

  it('about devices that names none is refused', () => {
    for (const message of [
      { method: 'airport_bind_status', data: { devices: [{ sn: '' }, 5] } },
      { method: 'airport_bind_status', data: null },
      { method: 'airport_organization_bind', data: { bind_devices: [{}] } },
    ]) {
      const read = request(message)
      assert.equal(read.outcome === 'notUnderstood' && read.reason, 'noDevices')
    }
  })

  it('of an unknown method says which', () => {
    const read = request({ method: 'storage_config_get', data: { module: 0 } })
    assert.deepEqual(read.outcome === 'understood' && read.fact.ask, {
      kind: 'other',
      method: 'storage_config_get',
    })
  })

  it('to bind keeps what it can of a device, and names a device once', () => {
    const device = { sn: dockSn, device_binding_code: 5, device_callsign: 'a\u0000b', device_model_key: 'x' }
    const read = request({ method: 'airport_organization_bind', data: { bind_devices: [device, device] } })
    assert.deepEqual(read.outcome === 'understood' && read.fact.ask, {
      kind: 'bind',
      devices: [{ sn: dockSn }],
    })
    assert.equal(read.outcome === 'understood' && read.dropped?.length, 6)
  })

  it('about a hundred devices is read up to the sixteenth', () => {
    const devices = Array.from({ length: 100 }, (_, n) => ({ sn: `SN${n}` }))
    const read = request({ method: 'airport_bind_status', data: { devices } })
    assert.equal(read.outcome === 'understood' && 'sns' in read.fact.ask && read.fact.ask.sns.length, 16)
  })
})

describe('a topology', () => {
  it('has no aircraft, in every notation of an empty list', () => {
    for (const sub_devices of [[], null, {}, undefined]) assert.deepEqual(aircraftOf({ sub_devices }), [])
  })

  it('is refused where the list is not a list', () => {
    const refusal = topology({ sub_devices: 'A' })
    assert.equal(refusal.outcome === 'notUnderstood' && refusal.reason, 'devicesNotAList')
    assert.equal(topology('no object').outcome, 'notUnderstood')
    assert.equal(topology(undefined).outcome, 'notUnderstood')
  })

  it('belongs to another dock if it says so', () => {
    const read = topology({ sub_devices: [] }, { gateway: 'ANOTHER' })
    assert.equal(read.outcome === 'notUnderstood' && read.reason, 'foreignGateway')
  })

  it('counts without an id too, and then cannot be answered', () => {
    const read = topology({ domain: '3', type: 3, sub_type: 0, sub_devices: [aircraft] }, { tid: undefined })
    assert.deepEqual(read.outcome === 'understood' && read.fact, {
      dock: { model: '3-3-0' },
      aircraft: [{ sn: aircraftSn, model: '0-100-1', index: 'A' }],
    })
  })

  it('is read whatever version of the thing model it names, and in the form of older pages', () => {
    const { domain, ...older } = aircraft
    for (const thing_version of ['1.3.1', '99.0.0', 5, undefined])
      assert.deepEqual(aircraftOf({ type: 1, version: 7, sub_devices: [{ ...older, thing_version }] }), [
        { sn: aircraftSn, model: '0-100-1', index: 'A' },
      ])
  })

  it('names an aircraft once, and no other devices for aircraft', () => {
    const controller = { ...aircraft, sn: 'RC1', domain: '2' }
    assert.equal(Array.isArray(aircraftOf({ sub_devices: [aircraft, controller, aircraft] })), true)
    const found = aircraftOf({ sub_devices: [aircraft, controller, aircraft] })
    assert.equal(Array.isArray(found) && found.length, 1)
  })

  it('has no serial number that means something in a topic or a policy', () => {
    for (const sn of ['a/b', '+', '#', '*', `\${iot:ClientId}`, 'A'.repeat(33), '', 7])
      assert.deepEqual(aircraftOf({ sub_devices: [{ ...aircraft, sn }] }), [])
  })

  it('is not mistaken for another message of its topic', () => {
    assert.deepEqual(topology({}, { method: 'else' }), { outcome: 'ignored' })
    assert.deepEqual(topology({}, { method: undefined }), { outcome: 'ignored' })
    assert.equal(topology({ sub_devices: [] }, { method: undefined }).outcome, 'understood')
  })
})

describe('a message that may request a reply', () => {
  it('requests one only where it says so', () => {
    for (const need_reply of [0, undefined, null, 'yes', 2])
      assert.deepEqual(readNeedsReply(payload({ tid: 't', need_reply })), { outcome: 'ignored' })
    for (const need_reply of [1, '1'])
      assert.equal(readNeedsReply(payload({ tid: 't', need_reply })).outcome, 'understood')
  })

  it('has to have an id', () => {
    const read = readNeedsReply(payload({ need_reply: 1, method: 'x' }))
    assert.equal(read.outcome === 'notUnderstood' && read.reason, 'noRequestId')
  })
})

describe('a firmware version', () => {
  const versionIn = (text: string) => {
    const read = readFirmware(Buffer.from(text))
    return read.outcome === 'understood' ? read.fact.version : read.outcome
  }

  it('is taken as written, and only from the device itself', () => {
    assert.equal(versionIn('{"data":{"firmware_version":1.10}}'), '1.10')
    assert.equal(versionIn('{"data":{"firmware_version":" 14.03.00.03\\n"}}'), '14.03.00.03')
    assert.equal(versionIn('{"data":{"batteries":[{"firmware_version":"09.01"}]}}'), 'ignored')
    assert.equal(versionIn(`{"data":{"firmware_version":"${'9'.repeat(65)}"}}`), 'ignored')
  })
})
