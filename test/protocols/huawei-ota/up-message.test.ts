import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { maxServices, readEvents } from '../../../protocols/huawei-ota/up.ts'
import {
  childId,
  deviceId,
  payload,
  readOne,
  refusal,
  understood,
  upgradeService,
  versionService,
} from './payload.ts'

const ignored = { outcome: 'ignored' }
const heard = { outcome: 'heard', deviceId }
const about = (object_device_id: unknown) => readOne(upgradeService(), { object_device_id })

describe('which device a message is about', () => {
  it('is the device of the topic if the message names none', () => {
    assert.equal(understood(readOne(upgradeService())).deviceId, deviceId)
    for (const blank of [null, '']) assert.equal(understood(about(blank)).deviceId, deviceId)
  })

  it('is the device of the topic if the message names it', () => {
    assert.equal(understood(about(deviceId)).deviceId, deviceId)
  })

  it('is the child that the message names', () => {
    for (const named of [childId, `${childId}\0`, ` ${childId}\n`])
      assert.equal(understood(about(named)).deviceId, childId)
  })

  for (const named of [5, true, {}, 'a/b', 'a b', 'é', 'x'.repeat(129), '{object_device_id}'])
    it(`is nobody if it is ${JSON.stringify(named).slice(0, 25)}`, () => {
      assert.equal(refusal(about(named)), 'invalidDeviceId object_device_id')
    })

  it('does not matter in messages that do not concern us', () => {
    assert.deepEqual(readOne({ service_id: '$log' }, { object_device_id: 5 }), ignored)
  })
})

describe('a message that cannot be parsed', () => {
  const first = (text: string) => refusal(readEvents(deviceId, Buffer.from(text))[0])

  it('is refused as a whole, with the reason', () => {
    for (const text of ['', ' ', '{', '{"services":[', 'upgrade']) assert.equal(first(text), 'notJson')
    for (const text of ['null', '1', '"$ota"', '[]', '[{}]']) assert.equal(first(text), 'notAnObject')
    for (const text of ['{}', '{"services":null}', '{"services":{}}', '{"services":"$ota"}'])
      assert.equal(first(text), 'noServices services')
  })
})

describe('services', () => {
  it('may be none', () => {
    assert.deepEqual(readEvents(deviceId, payload({ services: [] })), [])
  })

  it('of other kinds are signs of life, whatever they contain', () => {
    const kinds = ['$log', '$sdk_info', '$time_sync', '$file_manager', '$ota2', 'ota', '$OTA']
    for (const service_id of kinds) {
      assert.deepEqual(readOne({ service_id }), heard)
      assert.deepEqual(readOne(upgradeService({ progress: 101 }, { service_id })), heard)
    }
  })

  it('about upgrades that do not concern us are ignored', () => {
    for (const event_type of ['version_query', 'firmware_upgrade', 'get_url', 'UPGRADE_PROGRESS_REPORT'])
      assert.deepEqual(readOne(upgradeService(null, { event_type })), ignored)
  })

  it('without the fields that every service has are refused with the place', () => {
    for (const service of [null, 1, '$ota', [], true])
      assert.equal(refusal(readOne(service)), 'notAService services[0]')
    for (const service_id of [undefined, null, '', 5])
      assert.equal(refusal(readOne(upgradeService({}, { service_id }))), 'noServiceId services[0].service_id')
    for (const event_type of [undefined, null, '', 5])
      assert.equal(refusal(readOne(upgradeService({}, { event_type }))), 'noEventType services[0].event_type')
    for (const paras of [undefined, null, [], 'x'])
      for (const service of [upgradeService({}, { paras }), versionService({}, { paras })])
        assert.equal(refusal(readOne(service)), 'noParas services[0].paras')
  })

  it('are read in order, each independently of the others', () => {
    const services = [
      { service_id: '$time_sync' },
      upgradeService({ result_code: 1.5 }),
      upgradeService({ progress: 20 }),
      null,
      versionService({ fw_version: 'v1' }),
      upgradeService({ result_code: 'x' }),
    ]
    const events = readEvents(deviceId, payload({ services }))
    const [first, second, third, fourth, fifth, sixth] = events
    assert.equal(events.length, services.length)
    assert.deepEqual(first, heard)
    assert.equal(refusal(second), 'noResultCode services[1].paras.result_code')
    assert.equal(understood(third).kind, 'upgradeReport')
    assert.equal(refusal(fourth), 'notAService services[3]')
    assert.equal(understood(fifth).kind, 'versionReport')
    assert.equal(refusal(sixth), 'noResultCode services[5].paras.result_code')
  })

  it('beyond the tenth are refused together: one message does not cause a flood of refusals', () => {
    const read = (count: number) =>
      readEvents(deviceId, payload({ services: Array(count).fill(upgradeService()) }))
    assert.ok(read(maxServices).every(({ outcome }) => outcome === 'understood'))
    const events = read(30_000)
    assert.equal(events.length, maxServices + 1)
    assert.equal(refusal(events.at(-1)), 'tooManyServices services[10]')
  })
})

describe('what a device reports about itself when it connects', () => {
  const greeting = (paras: unknown, more: object = {}) =>
    readOne({ service_id: '$sdk_info', event_type: 'sdk_info_report', paras, ...more })
  const sdk = { device_sdk_version: 'JAVA_v1.2.0' }

  it('is a version report where it contains the device’s own versions, but not those of the SDK', () => {
    const kind = 'versionReport'
    const both = greeting({ ...sdk, fw_version: 'f1', sw_version: 's1' })
    const fact = { kind, deviceId, firmware: 'f1', software: 's1' }
    assert.deepEqual(both, { outcome: 'understood', fact, unasked: true, sdk: 'JAVA_v1.2.0' })
    const one = understood(greeting({ ...sdk, fw_version: 'f1', sw_version: null }))
    assert.deepEqual(one, { kind, deviceId, firmware: 'f1' })
  })

  it('is a sign of life where it reports none', () => {
    const none = [{ fw_version: '', sw_version: null }, { fw_version: {} }, {}]
    for (const one of none) assert.deepEqual(greeting({ ...sdk, ...one }), { ...heard, sdk: 'JAVA_v1.2.0' })
    for (const paras of [undefined, null, 'x', {}]) assert.deepEqual(greeting(paras), heard)
    for (const device_sdk_version of [null, '', 7, {}])
      assert.deepEqual(greeting({ device_sdk_version }), heard)
    assert.deepEqual(greeting({ fw_version: 'f1' }, { event_type: 'other' }), heard)
  })

  it('is a sign of life where the SDK for C# makes the versions up', () => {
    const madeUp = { device_sdk_version: 'C#_v1.3.4', fw_version: 'v1.0', sw_version: 'v1.0' }
    assert.deepEqual(greeting(madeUp), { ...heard, sdk: 'C#_v1.3.4' })
    const own = [{ fw_version: 'v1.1' }, { sw_version: 'v2' }, sdk]
    for (const one of own) assert.equal(greeting({ ...madeUp, ...one }).outcome, 'understood')
  })
})

describe('a request for the time', () => {
  const request = (paras: unknown, message: object = {}) =>
    readOne({ service_id: '$time_sync', event_type: 'time_sync_request', paras }, message)

  it('is a sign of life, with the time that the device gives', () => {
    for (const device_send_time of [1_582_685_678_789, '1582685678789'])
      assert.deepEqual(request({ device_send_time }), {
        ...heard,
        timeRequest: { deviceSentAt: 1_582_685_678_789 },
      })
    assert.deepEqual(request({ device_send_time: 0 }, { object_device_id: childId }), {
      outcome: 'heard',
      deviceId: childId,
      timeRequest: { deviceSentAt: 0 },
    })
  })

  it('without that time cannot be answered', () => {
    for (const device_send_time of [undefined, null, '', 'now', -1, 1.5, {}])
      assert.equal(refusal(request({ device_send_time })), 'noSendTime services[0].paras.device_send_time')
    assert.equal(refusal(request(null)), 'noParas services[0].paras')
  })
})

describe('the bytes of a message', () => {
  const text = JSON.stringify({ services: [upgradeService({ description: 'DESCRIPTION' })] })
  const first = (bytes: string | Uint8Array) => readEvents(deviceId, Buffer.from(bytes))[0]

  it('may start with a byte order mark', () => {
    assert.equal(understood(first(`\uFEFF${text}`)).kind, 'upgradeReport')
  })

  it('may end with NUL bytes, and with what firmware left in its buffer behind one', () => {
    for (const end of ['\0', '\0\0\0', '\n\0\r\n', '\0"}]}', '\0\u00ff{'])
      assert.deepEqual(readEvents(deviceId, Buffer.from(text + end)), readEvents(deviceId, Buffer.from(text)))
    for (const bytes of ['\0', `\0${text}`, `${text.slice(0, 40)}\0${text.slice(40)}`])
      assert.equal(refusal(first(bytes)), 'notJson')
  })

  it('may be malformed UTF-8 in a field that only people read', () => {
    const [before = '', after = ''] = text.split('DESCRIPTION')
    const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(after)])
    assert.equal(understood(first(bytes)).kind, 'upgradeReport')
  })

  it('may have fields that are names of JavaScript', () => {
    const paras = '{"__proto__":{"result_code":0},"constructor":1,"version":"v1"}'
    const odd = `{"__proto__":{"object_device_id":"x"},"services":[{"service_id":"$ota","event_type":"upgrade_progress_report","paras":${paras}}]}`
    assert.equal(refusal(first(odd)), 'noResultCode services[0].paras.result_code')
    for (const event_type of ['constructor', '__proto__', 'toString'])
      assert.deepEqual(readOne(upgradeService({}, { event_type })), ignored)
  })

  it('may nest to any depth', () => {
    const deep = '['.repeat(60_000) + ']'.repeat(60_000)
    assert.equal(refusal(first(deep)), 'notAnObject')
    assert.equal(refusal(first(`{"services":[${deep}]}`)), 'notAService services[0]')
  })

  it('may contain a negative zero, which is zero', () => {
    const fact = understood(first(text.replace('"progress":50', '"progress":-0')))
    assert.ok(fact.kind === 'upgradeReport' && Object.is(fact.percent, 0))
  })
})
