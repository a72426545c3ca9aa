import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { finalStatuses } from '../../../protocols/dji-alarms/topics.ts'
import { maxAlarms, readAlarms, readFlightEnd } from '../../../protocols/dji-alarms/up.ts'
import { droppedOf, payload, understood } from '../dji-remote-log/payload.ts'

const example = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../protocols/dji-alarms/examples/${name}.json`, import.meta.url))

const standing = { code: '0x16100083', level: 1, module: 3 }
const listed = (...list: unknown[]) => readAlarms(payload({ method: 'hms', data: { list } }))
const first = (alarm: object) => understood(listed({ ...standing, ...alarm })).alarms[0]
const flight = (status: unknown, more: object = {}) =>
  readFlightEnd(payload({ method: 'flighttask_progress', bid: 'b-1', data: { output: { status } }, ...more }))

describe('the examples', () => {
  const alarm = {
    code: '0x16100083',
    level: 'warning',
    module: 'health',
    imminent: true,
    inTheSky: false,
    component: 0,
    sensor: 0,
    model: '0-67-0',
  }
  it('of the vendor are the same alarm, with and without a method', () => {
    for (const name of ['up-hms', 'up-hms-v1.16'])
      assert.deepEqual(understood(readAlarms(example(name))), { alarms: [alarm] })
  })

  it('of a real dock report no active alarms, or those of its aircraft', () => {
    assert.deepEqual(understood(readAlarms(example('up-hms-dock3-empty'))).alarms, [])
    const { alarms } = understood(readAlarms(example('up-hms-dock3-aircraft')))
    assert.deepEqual(alarms, [
      {
        code: '0x1B030019',
        level: 'notice',
        module: 'health',
        imminent: false,
        inTheSky: true,
        component: 0,
        sensor: 63,
        model: '0-100-0',
      },
    ])
  })

  it('of a flight report its end, and are ignored before', () => {
    assert.deepEqual(understood(readFlightEnd(example('up-flighttask_progress'))), {
      outcome: 'done',
      flightId: 'flight_id',
    })
    assert.equal(readFlightEnd(example('up-flighttask_progress-dock3')).outcome, 'ignored')
  })
})

describe('an alarm', () => {
  it('has a normalized code', () => {
    for (const code of ['0x1b030019', '0X1B030019', ' 0x1B030019 ', 0x1b030019])
      assert.equal(first({ code })?.code, '0x1B030019')
  })

  it('has its place in the arguments or beside them', () => {
    assert.deepEqual(
      [first({ sensor_index: '5' })?.sensor, first({ args: { sensor_index: 5 } })?.sensor],
      [5, 5],
    )
    assert.equal(first({ args: {}, component_index: 2 })?.component, 2)
  })

  it('of an unknown level is at least a caution', () => {
    const levels = [0, '1', 2, 3, undefined, 'high'].map((level) => first({ level })?.level)
    assert.deepEqual(levels, ['notice', 'caution', 'warning', 'warning', 'caution', 'caution'])
  })

  it('without a code is dropped, and the others count', () => {
    const read = listed({ level: 1 }, standing, 'x', { ...standing, code: 'a#b' })
    assert.equal(understood(read).alarms.length, 1)
    assert.deepEqual(droppedOf(read), ['data.list[2]', 'data.list[3].code'])
  })

  it('beyond the limit per message is left out', () =>
    assert.equal(understood(listed(...Array(maxAlarms + 5).fill(standing))).alarms.length, maxAlarms))
})

describe('a message of alarms', () => {
  it('names the dock that sent it, if the serial number is valid', () => {
    const from = (gateway: unknown) =>
      understood(readAlarms(payload({ method: 'hms', gateway, data: { list: [] } }))).dockSn
    assert.deepEqual([from('7CTDLAB00A0001'), from('a/b'), from(5)], ['7CTDLAB00A0001', undefined, undefined])
  })

  it('of which nothing can be read does not mean that no alarm is active', () => {
    const reasons = [
      [readAlarms(Buffer.from('{')), 'notJson', ''],
      [readAlarms(payload([])), 'notAnObject', ''],
      [readAlarms(payload({ method: 'hms', data: { list: {} } })), 'alarmsNotAList', 'data.list'],
      [listed({ level: 2 }), 'noAlarmCode', 'data.list[0].code'],
    ] as const
    for (const [read, reason, path] of reasons)
      assert.deepEqual(read, { outcome: 'notUnderstood', reason, path })
  })

  it('is distinguished from other events', () => {
    for (const message of [
      { method: 'airsense_warning', data: [] },
      { data: { list: [] } },
      { data: { list: [{ code: 1 }] } },
      { method: 'fileupload_progress', data: { list: [standing] } },
    ])
      assert.equal(readAlarms(payload(message)).outcome, 'ignored')
  })
})

describe('a flight', () => {
  for (const [status, outcome] of Object.entries(finalStatuses))
    it(`ends with ${status}`, () => assert.equal(understood(flight(status)).outcome, outcome))

  for (const status of ['sent', 'in_progress', 'paused', 'landing', 5, null, 'constructor'])
    it(`does not end with ${status}`, () => assert.equal(flight(status).outcome, 'ignored'))

  it('is named by the vendor’s process where it has no id, and has the code of its fault', () =>
    assert.deepEqual(
      understood(flight('failed', { data: { result: 319_018, output: { status: 'failed' } } })),
      { outcome: 'failed', flightId: 'b-1', result: 319_018 },
    ))
})

describe('the readers', () => {
  const oddAlarm = fc.record(
    {
      code: fc.oneof(fc.string(), fc.integer()),
      level: fc.anything(),
      args: fc.anything(),
      sensor_index: fc.anything(),
    },
    { requiredKeys: [] },
  )
  it('give an outcome for any bytes, and codes that can be part of a key', () => {
    const any = fc.oneof(
      fc.uint8Array(),
      fc.json().map(Buffer.from),
      fc.array(oddAlarm).map((list) => payload({ method: 'hms', data: { list } })),
    )
    fc.assert(
      fc.property(any, (bytes) => {
        assert.match(readFlightEnd(bytes).outcome, /^(understood|ignored|notUnderstood)$/)
        const read = readAlarms(bytes)
        if (read.outcome !== 'understood') return
        for (const { code, component, sensor } of read.fact.alarms) {
          assert.match(code, /^[\w.-]{1,64}$/)
          assert.ok(component >= 0 && sensor >= 0)
        }
      }),
    )
  })
})
