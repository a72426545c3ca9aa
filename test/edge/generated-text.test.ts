import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AclRequest, BridgeRequest } from '../../edge/bridge-request.ts'
import { mosquittoAcl } from '../../edge/mosquitto-acl.ts'
import { docksPerConnection, mosquittoBridge } from '../../edge/mosquitto-bridge.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'

const dock = '7CTDM0000000001'
const settings = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('the generated texts', () => {
  const serial = fc.stringMatching(/^[A-Za-z0-9]{1,32}$/)
  const request = (docks: string[]) =>
    BridgeRequest.parse({
      endpoint: 'localhost',
      insecurePlain: true,
      docks,
      bridgeName: 'b',
      remoteClientId: 'c',
    })

  it('give each dock its four topics once, on connections that are filled in the order given', () => {
    fc.assert(
      fc.property(fc.uniqueArray(serial, { minLength: 1, maxLength: 80 }), (docks) => {
        const text = mosquittoBridge(request(docks))
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
        assert.equal(connections.length, Math.ceil(docks.length / docksPerConnection))
        assert.equal(new Set(connections).size, connections.length)
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
            assert.equal(BridgeRequest.safeParse({ ...request([dock]), [field]: evil }).success, false, field)
          }
          const paths = { ca: '/a', cert: '/b', key: `/${separator === '\u2028' ? '\n' : separator}${tail}` }
          const withTls = { ...request([dock]), insecurePlain: undefined, certificates: paths }
          assert.equal(BridgeRequest.safeParse(withTls).success, false)
          assert.equal(
            AclRequest.safeParse({ aircraft: [{ dockSn: dock, aircraftSn: evil }] }).success,
            false,
          )
        },
      ),
    )
  })

  it('give a dock nothing on topics without its own serial number', () => {
    const rules = settings(mosquittoAcl({ aircraft: [] }))
    assert.ok(rules.every((rule) => /^pattern (read|write) (thing|sys)\/product\/%u\/[a-z_/]+$/.test(rule)))
    assert.ok(!rules.some((rule) => /write .*\/(services|events_reply)$/.test(rule)))
  })
})
