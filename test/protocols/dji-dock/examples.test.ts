import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readFirmware, readNeedsReply, readRequest, readTopology } from '../../../protocols/dji-dock/up.ts'
import { upwardExamples } from '../spoilt.ts'
import { example, understood } from './payload.ts'

const id = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxx'
const answerTo = (method: string) => ({ requestId: id, processId: id, method })
const claim = { organizationId: 'organization_id', bindingCode: 'device_binding_code' }
const dockModel = { model: '3-119-0' }

const read = {
  request: (name: string) => readRequest('sn', example(name)),
  topology: (name: string) => readTopology('sn', example(name)),
  needsReply: (name: string) => readNeedsReply(example(name)),
}

const expected: Record<string, [keyof typeof read, unknown]> = {
  'up-config': [
    'request',
    {
      ask: { kind: 'config' },
      answerTo: {
        requestId: '6a7bfe89-c386-4043-b600-b518e10096cc',
        processId: '42a19f36-5117-4520-bd13-fd61d818d52e',
        method: 'config',
      },
    },
  ],
  'up-airport_bind_status': [
    'request',
    {
      ask: { kind: 'bindStatus', sns: ['drone-sn', 'dock-sn'] },
      answerTo: answerTo('airport_bind_status'),
    },
  ],
  'up-airport_organization_get': [
    'request',
    { ask: { kind: 'organization', ...claim }, answerTo: answerTo('airport_organization_get') },
  ],
  'up-airport_organization_bind': [
    'request',
    {
      ask: {
        kind: 'bind',
        devices: [
          { ...claim, sn: 'dock-sn', callSign: 'dock-device-callsign', model: '3-1-0' },
          { ...claim, sn: 'drone-sn', callSign: 'drone-device-callsign', model: '0-67-0' },
        ],
      },
      answerTo: answerTo('airport_organization_bind'),
    },
  ],
  'up-flight_areas_get': [
    'request',
    { ask: { kind: 'flightAreas' }, answerTo: answerTo('flight_areas_get') },
  ],
  'up-update_topo': [
    'topology',
    {
      dock: dockModel,
      aircraft: [{ sn: 'drone001', model: '0-60-0', index: 'A' }],
      answerTo: answerTo('update_topo'),
    },
  ],
  'up-update_topo-aircraft-off': [
    'topology',
    { dock: dockModel, aircraft: [], answerTo: answerTo('update_topo') },
  ],
  'up-event-needs-reply': [
    'needsReply',
    {
      requestId: 'b4d7c9a2-1e55-4f0e-8a37-52a1c4f0de01',
      processId: '0d2c4a8e-5b1f-4c57-9f0a-3f8f1f7f6b11',
      method: 'release_terminal_control_area',
    },
  ],
  'up-state-needs-reply': [
    'needsReply',
    {
      requestId: 'c1b2a394-6d5e-4f60-9182-a3b4c5d6e7f8',
      processId: '1e8f3a90-77aa-4a65-a0a8-0f8f4f20c0a2',
    },
  ],
}

describe('the examples', () => {
  for (const [name, [reader, fact]] of Object.entries(expected)) {
    it(`${name} says what its page says`, () => {
      const outcome = read[reader](name)
      assert.equal(outcome.outcome, 'understood')
      assert.deepEqual(outcome.outcome === 'understood' && outcome.fact, fact)
    })
  }

  it('are all read', () => assert.deepEqual(upwardExamples('dji-dock'), Object.keys(expected).sort()))

  it('include the firmware where one is named', () => {
    assert.deepEqual(understood(readFirmware(example('up-state-needs-reply'))), {
      version: '14.03.00.03',
      dockSn: '8UUXN5400A079H',
    })
  })
})
