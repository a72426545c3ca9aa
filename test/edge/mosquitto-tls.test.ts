import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { after, describe, it } from 'node:test'
import { dockBridge } from '../../edge/dock-bridge.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { mosquittoMissing, startMosquitto } from '../support/mosquitto.ts'
import { join, startCloud } from './brokers.ts'
import { makeCertificates, opensslMissing } from './certificates.ts'

const dock = '7CTDM0000000001'
describe('a Mosquitto bridge with certificates', {
  skip: mosquittoMissing || opensslMissing,
}, () => {
  const directory = mkdtempSync(joinPath(tmpdir(), 'groundcrew-certificates-'))
  const undo: Array<() => Promise<void>> = []
  after(async () => {
    for (const step of undo.reverse()) await step()
    rmSync(directory, { recursive: true, force: true })
  })

  it('proves itself to a cloud that asks for a certificate, as AWS does', async () => {
    const file = makeCertificates(directory, { server: 'localhost', bridge: 'edge' })
    const read = (name: string) => readFileSync(file(name))
    const cloud = await startCloud({
      key: read('server.key'),
      cert: read('server.pem'),
      ca: read('ca.pem'),
      requestCert: true,
      rejectUnauthorized: true,
    })
    undo.push(cloud.stop)
    const bridge = dockBridge({
      endpoint: 'localhost',
      port: cloud.port,
      certificates: { ca: file('ca.pem'), cert: file('bridge.pem'), key: file('bridge.key') },
      docks: [dock],
      bridgeName: 'test',
      remoteClientId: 'edge',
    })
    const edge = await startMosquitto(`allow_anonymous true\n${bridge}`)
    undo.push(edge.stop)
    const member = await join(edge.url, [])
    undo.push(member.leave)
    await cloud.subscribed(2)
    await member.say(topicsOf(dock).events, 'up')
    await cloud.received.until('up')
    assert.deepEqual([...cloud.sessions.keys()], ['edge-1'])
  })
})
