import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { after, describe, it } from 'node:test'
import { mosquittoBridge } from '../../edge/mosquitto-bridge.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { mosquittoMissing, startMosquitto } from '../support/mosquitto.ts'
import { join, startCloud } from './brokers.ts'

const dock = '7CTDM0000000001'
const opensslMissing = spawnSync('openssl', ['version']).error ? 'openssl is not installed' : false

/** A CA, a server certificate for localhost and a client certificate, as AWS and `aws iot create-keys-and-certificate` would give. */
const makeCertificates = (directory: string) => {
  const file = (name: string) => joinPath(directory, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = (name: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    file(`${name}.key`),
  ]
  openssl('req', '-x509', ...newKey('ca'), '-out', file('ca.pem'), '-subj', '/CN=test CA', '-days', '2')
  const issue = (name: string, subject: string) => {
    openssl('req', ...newKey(name), '-out', file(`${name}.csr`), '-subj', `/CN=${subject}`)
    writeFileSync(file('extensions'), `subjectAltName=DNS:${subject}\n`)
    const by = [
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-extfile',
      file('extensions'),
    ]
    openssl('x509', '-req', '-in', file(`${name}.csr`), ...by, '-out', file(`${name}.pem`), '-days', '2')
  }
  issue('server', 'localhost')
  issue('bridge', 'edge')
  return file
}

describe('a Mosquitto bridge with certificates', {
  skip: mosquittoMissing || opensslMissing,
  timeout: 120_000,
}, () => {
  const directory = mkdtempSync(joinPath(tmpdir(), 'groundcrew-certificates-'))
  const undo: Array<() => Promise<void>> = []
  after(async () => {
    for (const step of undo.reverse()) await step()
    rmSync(directory, { recursive: true, force: true })
  })

  it('proves itself to a cloud that asks for a certificate, as AWS does', async () => {
    const file = makeCertificates(directory)
    const read = (name: string) => readFileSync(file(name))
    const cloud = await startCloud({
      key: read('server.key'),
      cert: read('server.pem'),
      ca: read('ca.pem'),
      requestCert: true,
      rejectUnauthorized: true,
    })
    undo.push(cloud.stop)
    const bridge = mosquittoBridge({
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
