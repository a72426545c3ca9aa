import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DeviceBridgeRequest, DockAclRequest, DockBridgeRequest } from '../../edge/bridge-request.ts'
import { deviceAcl } from '../../edge/device-acl.ts'
import { deviceBridge } from '../../edge/device-bridge.ts'
import { dockAcl } from '../../edge/dock-acl.ts'
import { dockBridge } from '../../edge/dock-bridge.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { nativeTopicsOf } from '../../protocols/huawei-ota/topics.ts'

const dock = '7CTDM0000000001'
const settings = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('the generated texts', () => {
  const serial = fc.stringMatching(/^[A-Za-z0-9]{1,32}$/)
  const connection = { endpoint: 'localhost', insecurePlain: true, bridgeName: 'b', remoteClientId: 'c' }
  const request = (docks: string[]) => DockBridgeRequest.parse({ ...connection, docks })

  it('give each dock its four topics once, on connections that are filled in the order given', () => {
    fc.assert(
      fc.property(fc.uniqueArray(serial, { minLength: 1, maxLength: 80 }), (docks) => {
        const text = dockBridge(request(docks))
        const expected = docks.flatMap((sn) => {
          const { servicesReply, events, services, eventsReply } = topicsOf(sn)
          return [`${servicesReply} out`, `${events} out`, `${services} in`, `${eventsReply} in`].map(
            (way) => `topic ${way} 1`,
          )
        })
        assert.deepEqual(
          settings(text).filter((line) => line.startsWith('topic ')),
          expected,
        )
        const connections = settings(text).filter((line) => line.startsWith('connection '))
        assert.equal(connections.length, Math.ceil(docks.length / 25))
        assert.equal(new Set(connections).size, connections.length)
      }),
    )
  })

  it('rename a device’s two topics between the vendor’s and ours, 50 devices to a connection', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/)
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 1, maxLength: 120 }), (devices) => {
        const lines = settings(deviceBridge(DeviceBridgeRequest.parse({ ...connection, devices })))
        const renamed = lines
          .filter((line) => line.startsWith('topic '))
          .map((line) => {
            const [, topic = '', way, , local = '', remote] = line.split(' ')
            assert.equal(remote, '""')
            return `${way} ${local}${topic} ${topic}`
          })
        const expected = devices.flatMap((device) => {
          const { events, requests } = nativeTopicsOf(device)
          return [`out ${events} ${events.slice(1)}`, `in ${requests} ${requests.slice(1)}`]
        })
        assert.deepEqual(renamed, expected)
        const connections = lines.filter((line) => line.startsWith('connection '))
        assert.equal(new Set(connections).size, Math.ceil(devices.length / 50))
      }),
    )
  })

  it('hold no line that the input wrote', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\n', '\r', '\u2028', '\0'),
        (tail, separator) => {
          const evil = `x${separator}${tail}`
          for (const field of ['endpoint', 'bridgeName', 'remoteClientId', 'localPrefix']) {
            assert.equal(
              DockBridgeRequest.safeParse({ ...request([dock]), [field]: evil }).success,
              false,
              field,
            )
          }
          assert.equal(DeviceBridgeRequest.safeParse({ ...connection, devices: [evil] }).success, false)
          const paths = { ca: '/a', cert: '/b', key: `/${separator === '\u2028' ? '\n' : separator}${tail}` }
          const withTls = { ...request([dock]), insecurePlain: undefined, certificates: paths }
          assert.equal(DockBridgeRequest.safeParse(withTls).success, false)
          assert.equal(
            DockAclRequest.safeParse({ aircraft: [{ dockSn: dock, aircraftSn: evil }] }).success,
            false,
          )
        },
      ),
    )
  })

  it('give a dock nothing on topics without its own serial number', () => {
    const rules = settings(dockAcl({ aircraft: [] }))
    assert.ok(rules.every((rule) => /^pattern (read|write) (thing|sys)\/product\/%u\/[a-z_/]+$/.test(rule)))
    assert.ok(!rules.some((rule) => /write .*\/(services|events_reply)$/.test(rule)))
  })

  it('give a device its own two topics and no more', () => {
    assert.deepEqual(settings(deviceAcl), [
      'pattern write $oc/devices/%u/sys/events/up',
      'pattern read $oc/devices/%u/sys/events/down',
    ])
  })
})
