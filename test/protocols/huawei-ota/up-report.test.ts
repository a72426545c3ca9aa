import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readEvents } from '../../../protocols/huawei-ota/up.ts'
import {
  deviceId,
  droppedOf,
  payload,
  readOne,
  refusal,
  understood,
  upgradeService,
  versionService,
} from './payload.ts'

const upgrade = (paras: Record<string, unknown>) => {
  const fact = understood(readOne(upgradeService(paras)))
  if (fact.kind !== 'upgradeReport') throw new Error(fact.kind)
  return fact
}
const refused = (paras: Record<string, unknown>) => refusal(readOne(upgradeService(paras)))
const dropped = (paras: Record<string, unknown>) => droppedOf(readOne(upgradeService(paras)))

describe('progress', () => {
  it('is a whole number from 0 to 100, the ends included', () => {
    for (const progress of [0, 1, 80, 100]) assert.equal(upgrade({ progress }).percent, progress)
  })

  it('may be a text, as devices of other clouds send it', () => {
    assert.equal(upgrade({ progress: '66' }).percent, 66)
    assert.equal(upgrade({ progress: '80.0' }).percent, 80)
  })

  it('may be missing, null or blank', () => {
    for (const progress of [undefined, null, '']) assert.ok(!('percent' in upgrade({ progress })))
  })

  for (const progress of [80.5, true, false, 101, -1, 1e300, 'NaN', '80.5', '80%', 'half', '0x10', [80], {}])
    it(`is not ${JSON.stringify(progress)}, which is dropped: the failure beside it counts`, () => {
      const { percent, resultCode } = upgrade({ result_code: 10, progress })
      assert.deepEqual([percent, resultCode], [undefined, 10])
      assert.deepEqual(dropped({ result_code: 10, progress }), ['services[0].paras.progress'])
    })

  it('that is a bare NaN makes the message no JSON', () => {
    const text = '{"services":[{"service_id":"$ota","paras":{"progress":NaN}}]}'
    assert.equal(refusal(readEvents(deviceId, Buffer.from(text))[0]), 'notJson')
  })
})

describe('a result code', () => {
  it('is kept as sent, also one that the vendor does not list', () => {
    for (const result_code of [0, 3, 10, 255, 127, 300, -1])
      assert.equal(upgrade({ result_code }).resultCode, result_code)
  })

  it('may be a text', () => {
    assert.equal(upgrade({ result_code: '7' }).resultCode, 7)
  })

  for (const result_code of [undefined, null, '', 'ok', true, 1.5, 1e300, [0]])
    it(`is not ${JSON.stringify(result_code)}: without one a report says nothing`, () => {
      assert.equal(refused({ result_code }), 'noResultCode services[0].paras.result_code')
    })
})

describe('a version', () => {
  it('is kept exactly as sent', () => {
    for (const version of ['V2.0', 'v1  rc\u200b', '版本2', 'x'.repeat(256)])
      assert.equal(upgrade({ version }).version, version)
  })

  it('may be missing (LiteOS) or blank (Go)', () => {
    for (const version of [undefined, null, '']) assert.ok(!('version' in upgrade({ version })))
  })

  it('does not include what firmware leaves around it', () => {
    for (const version of ['v1\n', '\r\nv1', ' v1 ', 'v1\0\0', '\0v1', '\tv1\u00a0', '\ufeffv1'])
      assert.equal(upgrade({ version }).version, 'v1')
    const blanks = ' '.repeat(100_000)
    assert.equal(upgrade({ version: `v${blanks}1` }).version, undefined)
  })

  it('may be a number, and is then as it was written', () => {
    const written = (version: string, name = 'version') =>
      readEvents(
        deviceId,
        Buffer.from(
          JSON.stringify({ services: [upgradeService()] }).replace(
            '"version":"v1.0.0"',
            `"${name}" :${version}`,
          ),
        ),
      )[0]
    for (const version of ['2', '1.10', '2.0', '0', '-1.50'])
      assert.deepEqual(understood(written(version)), { ...understood(readOne(upgradeService())), version })
    const firmware =
      '{"services":[{"service_id":"$ota","event_type":"version_report","paras":{"fw_version":1.10}}]}'
    assert.deepEqual(understood(readEvents(deviceId, Buffer.from(firmware))[0]), {
      kind: 'versionReport',
      deviceId,
      firmware: '1.10',
    })
  })

  for (const version of [true, ['v1'], {}, 'v\n1', 'v\x001', '\ud800', 'x'.repeat(257)])
    it(`is not ${JSON.stringify(version).slice(0, 20)}, which is dropped: it could never equal a target`, () => {
      assert.equal(upgrade({ result_code: 7, version }).resultCode, 7)
      assert.ok(!('version' in upgrade({ version })))
      assert.deepEqual(dropped({ version }), ['services[0].paras.version'])
    })
})

describe('a description', () => {
  it('may be missing or blank', () => {
    for (const description of [undefined, null, '', ' \0'])
      assert.ok(!('description' in upgrade({ description })))
  })

  it('that is not a text is dropped', () => {
    for (const description of [5, {}, ['a']]) {
      assert.ok(!('description' in upgrade({ description })))
      assert.deepEqual(dropped({ description }), ['services[0].paras.description'])
    }
  })

  it('is cut and made printable', () => {
    const { description = '' } = upgrade({ description: `a\u001b[2J\nb\ud800${'c'.repeat(5_000)}` })
    assert.ok(description.startsWith('a [2J b\ufffdc'))
    assert.equal(description.length, 1_000)
    assert.ok(description.isWellFormed())
  })
})

describe('a description with invisible characters', () => {
  it('has them escaped', () => {
    const { description } = upgrade({ description: 'ok\u202e\u200b\u2028done' })
    assert.equal(description, 'ok\\u{202e}\\u{200b}\\u{2028}done')
  })

  it('is limited to the same length, and cut between characters', () => {
    const { description = '' } = upgrade({ description: `abc${'\u202e'.repeat(5_000)}` })
    assert.match(description, /^abc(\\u\{202e\})+$/)
    assert.ok(description.length > 990 && description.length <= 1_000)
  })
})

describe('fields that are not part of the protocol', () => {
  it('do not cause errors', () => {
    const service = upgradeService({ task_id: 'x', extra: [1] }, { event_id: null, extra: {} })
    const plain = readOne(upgradeService())
    assert.deepEqual(readOne(service, { extra: 1 }), plain)
  })
})

describe('a version report', () => {
  const read = (paras: Record<string, unknown>) => readOne(versionService(paras))

  it('has the firmware, the software or both', () => {
    const kind = 'versionReport'
    const both = { fw_version: 'f1', sw_version: 's1' }
    assert.deepEqual(understood(read(both)), { kind, deviceId, firmware: 'f1', software: 's1' })
    assert.deepEqual(understood(read({ fw_version: 'f1' })), { kind, deviceId, firmware: 'f1' })
    assert.deepEqual(understood(read({ fw_version: '', sw_version: 's1' })), {
      kind,
      deviceId,
      software: 's1',
    })
  })

  it('without either contains no information', () => {
    for (const paras of [{}, { fw_version: '', sw_version: null }])
      assert.equal(refusal(read(paras)), 'noVersion services[0].paras')
  })

  it('keeps the version that can be read beside one that cannot', () => {
    for (const odd of [true, {}, 'a\nb', 'x'.repeat(300)]) {
      const [one, other] = [
        read({ fw_version: 'f1', sw_version: odd }),
        read({ fw_version: odd, sw_version: 's1' }),
      ]
      assert.deepEqual(understood(one), { kind: 'versionReport', deviceId, firmware: 'f1' })
      assert.deepEqual(understood(other), { kind: 'versionReport', deviceId, software: 's1' })
      assert.deepEqual([one, other].flatMap(droppedOf), [
        'services[0].paras.sw_version',
        'services[0].paras.fw_version',
      ])
    }
  })

  it('without any valid version is refused with the place of the fault', () => {
    assert.equal(refusal(read({ fw_version: true })), 'invalidVersion services[0].paras.fw_version')
  })
})

describe('the same message', () => {
  it('may be printed in any way', () => {
    const message = { services: [upgradeService()] }
    const pretty = Buffer.from(JSON.stringify(message, null, '\t'))
    assert.deepEqual(readEvents(deviceId, pretty), readEvents(deviceId, payload(message)))
  })
})
