import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Answer,
  acknowledgeEvent,
  acknowledgeState,
  answerRequest,
  answerTopology,
} from '../../../protocols/dji-dock/down.ts'
import type { DeviceMessage } from '../../../protocols/message.ts'
import { parsed } from './payload.ts'

const id = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxx'
const dockSn = '7CTDLAB00A0001'
const sentAt = 1_654_070_968_655

const contentOf = ({ payload }: DeviceMessage): unknown => JSON.parse(payload)
const dataIn = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'data' in message ? message.data : undefined
const answered = (method: string, answer: Answer) =>
  answerRequest({ dockSn, answerTo: { requestId: id, processId: id, method }, sentAt }, answer)

describe('an answer', () => {
  it('carries the ids and the method of the request, and goes to the topic for answers', () => {
    const message = answered('flight_areas_get', { kind: 'nothing' })
    assert.equal(message.topic, `thing/product/${dockSn}/requests_reply`)
    assert.deepEqual(contentOf(message), {
      tid: id,
      bid: id,
      timestamp: sentAt,
      method: 'flight_areas_get',
      data: { result: 0, output: { files: [] } },
    })
  })

  it('leaves out the process id of a request that had none', () => {
    const to = { dockSn, answerTo: { requestId: 't', method: 'm' }, sentAt }
    assert.deepEqual(contentOf(answerRequest(to, { kind: 'refused', refusal: 'unsupported' })), {
      tid: 't',
      timestamp: sentAt,
      method: 'm',
      data: { result: 1 },
    })
  })

  const bound = {
    organizationId: '12345678',
    organizationName: '12345',
    callSign: 'Device organization callsign',
  }
  const like: [name: string, Answer][] = [
    [
      'config',
      {
        kind: 'config',
        licence: { appId: '123456', appKey: 'app_key', appLicense: 'app_license' },
        ntpHost: 'host_url',
        ntpPort: 456,
      },
    ],
    [
      'airport_bind_status',
      {
        kind: 'bindStatus',
        devices: [
          { sn: '12345', bound },
          { sn: '12345', bound },
        ],
      },
    ],
    ['airport_organization_get', { kind: 'organization', name: 'organization_name' }],
    [
      'airport_organization_bind',
      {
        kind: 'bound',
        devices: [
          { sn: 'dock-sn', refused: 'notBound' },
          { sn: 'drone-sn', refused: 'notBound' },
        ],
      },
    ],
  ]
  for (const [method, answer] of like)
    it(`to ${method} is like the vendor's`, () => {
      // The table calls the app's id a text, only the example has a number.
      const example = JSON.parse(
        JSON.stringify(dataIn(parsed(`down-${method}`))).replace('123456,', '"123456",'),
      )
      assert.deepEqual(dataIn(contentOf(answered(method, answer))), example)
    })

  it('about a device that is not bound says that, and names no organization', () => {
    const answer: Answer = { kind: 'bindStatus', devices: [{ sn: 'X' }] }
    assert.deepEqual(dataIn(contentOf(answered('airport_bind_status', answer))), {
      result: 0,
      output: {
        bind_status: [
          {
            sn: 'X',
            is_device_bind_organization: false,
            organization_id: '',
            organization_name: '',
            device_callsign: '',
          },
        ],
      },
    })
  })

  it('names no time server where there is none', () => {
    const licence = { appId: 'a', appKey: 'k', appLicense: 'l' }
    assert.deepEqual(dataIn(contentOf(answered('config', { kind: 'config', licence }))), {
      app_id: 'a',
      app_key: 'k',
      app_license: 'l',
    })
  })

  it('that a device is bound has the code 0', () => {
    const answer: Answer = {
      kind: 'bound',
      devices: [{ sn: dockSn }, { sn: 'X', refused: 'boundElsewhere' }],
    }
    assert.deepEqual(dataIn(contentOf(answered('airport_organization_bind', answer))), {
      result: 0,
      output: {
        err_infos: [
          { sn: dockSn, err_code: 0 },
          { sn: 'X', err_code: 210_232 },
        ],
      },
    })
  })
})

describe('an acknowledgement', () => {
  const answerTo = { requestId: 't', processId: 'b', method: 'update_topo' }
  const ids = { tid: 't', bid: 'b', timestamp: sentAt }

  it('of a topology says whether it was accepted', () => {
    for (const [refused, result] of [
      [false, 0],
      [true, 1],
    ] as const)
      assert.deepEqual(contentOf(answerTopology({ dockSn, answerTo, sentAt, refused })), {
        ...ids,
        method: 'update_topo',
        data: { result },
      })
    assert.equal(answerTopology({ dockSn, answerTo, sentAt }).topic, `sys/product/${dockSn}/status_reply`)
  })

  it('of an event names its method, of properties none', () => {
    const event = acknowledgeEvent({ sn: 'AIRCRAFT1', answerTo, sentAt })
    assert.deepEqual(
      [event.topic, contentOf(event)],
      ['thing/product/AIRCRAFT1/events_reply', { ...ids, method: 'update_topo', data: { result: 0 } }],
    )
    const state = acknowledgeState({ sn: 'AIRCRAFT1', answerTo, sentAt })
    assert.deepEqual(
      [state.topic, contentOf(state)],
      ['thing/product/AIRCRAFT1/state_reply', { ...ids, data: { result: 0 } }],
    )
  })
})
