import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { IClientOptions } from 'mqtt'
import { deviceAcl } from '../../edge/device-acl.ts'
import { deviceBridge } from '../../edge/device-bridge.ts'
import { nativeTopicsOf, topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { type Mosquitto, mosquittoMissing, passwordFile, startMosquitto } from '../support/mosquitto.ts'
import { type Cloud, join, startCloud } from './brokers.ts'
import { makeCertificates, opensslMissing } from './certificates.ts'

const device = '5e06bfee334dd4f33759f5b3_pump-1'
const otherDevice = '5e06bfee334dd4f33759f5b3_pump-2'
const mine = nativeTopicsOf(device)
const others = nativeTopicsOf(otherDevice)

/** MQTT 5 tells a client that a topic is refused; 3.1.1 drops the message in silence. */
const asUser = (username: string): IClientOptions => ({
  username,
  password: `secret of ${username}`,
  protocolVersion: 5,
})
const refused = { message: /Not authorized/ }

describe('the access list for Huawei devices', { skip: mosquittoMissing }, () => {
  let cloud: Cloud
  let edge: Mosquitto
  const undo: Array<() => Promise<void>> = []

  before(async () => {
    cloud = await startCloud()
    undo.push(cloud.stop)
    const bridge = deviceBridge({
      endpoint: '127.0.0.1',
      port: cloud.port,
      insecurePlain: true,
      devices: [],
      bridgeName: 'test',
      remoteClientId: 'edge',
    })
    const platform = 'user platform\ntopic readwrite $oc/#\n'
    const names = [device, otherDevice, 'platform']
    const users = Object.fromEntries(names.map((name) => [name, `secret of ${name}`]))
    edge = await startMosquitto(
      `allow_anonymous false\npassword_file {dir}/passwords\nacl_file {dir}/acl\n${bridge}`,
      { files: { acl: deviceAcl + platform, passwords: await passwordFile(users) } },
    )
    undo.push(edge.stop)
    await cloud.subscribed(1)
  })
  after(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })
  const joinAs = async (username: string, filters: string[] = []) => {
    const member = await join(edge.url, filters, asUser(username))
    undo.push(member.leave)
    return member
  }

  it('lets a device report and be asked through the bridge, which needs no line', async () => {
    const member = await joinAs(device, [mine.requests])
    await member.say(mine.events, 'own report')
    await cloud.received.until('own report')
    await cloud.send(topicsOf(device).requests, 'own query')
    await member.received.until('own query')
  })

  it('refuses what a device says as another, and lets none of it reach the cloud', async () => {
    const member = await joinAs(device)
    await assert.rejects(member.say(others.events, 'forged'), refused)
    await member.say(mine.events, 'after the forgery')
    await cloud.received.until('after the forgery')
    assert.ok(!cloud.received.messages.some(({ payload }) => payload === 'forged'))
  })

  it('refuses a device that asks, even itself, and topics it does not need', async () => {
    const member = await joinAs(device)
    for (const topic of [mine.requests, others.requests, `$oc/devices/${device}/sys/properties/report`, 'a'])
      await assert.rejects(member.say(topic, 'forged'), refused, topic)
  })

  it('shows a device nothing that is meant for another, whatever it subscribes to', async () => {
    const filters = ['#', '$oc/#', others.requests, nativeTopicsOf('+').requests]
    const member = await joinAs(device, filters)
    await cloud.send(topicsOf(otherDevice).requests, 'query to the other')
    await cloud.send(topicsOf(device).requests, 'last')
    await member.received.until('last')
    assert.ok(member.received.messages.every(({ payload }) => payload === 'last'))
  })

  it('lets a platform’s own line see the devices, which # alone would not', async () => {
    const platform = await joinAs('platform', [nativeTopicsOf('+').events])
    const member = await joinAs(otherDevice)
    await member.say(others.events, 'seen')
    await platform.received.until('seen')
  })

  it('keeps out who does not sign in', async () => {
    await assert.rejects(join(edge.url, []), refused)
    await assert.rejects(join(edge.url, [], { username: device, password: 'guess' }), refused)
  })

  it('takes the common name of a certificate for the user name', { skip: opensslMissing }, async (t) => {
    const directory = mkdtempSync(joinPath(tmpdir(), 'groundcrew-certificates-'))
    t.after(() => rmSync(directory, { recursive: true, force: true }))
    const file = makeCertificates(directory, { server: 'localhost', device })
    const secured = await startMosquitto(
      [
        `cafile ${file('ca.pem')}`,
        `certfile ${file('server.pem')}`,
        `keyfile ${file('server.key')}`,
        'require_certificate true',
        'use_identity_as_username true',
        'acl_file {dir}/acl',
      ].join('\n'),
      { files: { acl: deviceAcl } },
    )
    t.after(secured.stop)
    const url = secured.url.replace('mqtt://127.0.0.1', 'mqtts://localhost')
    const tls = { ca: readFileSync(file('ca.pem')), protocolVersion: 5 as const }
    const own = { cert: readFileSync(file('device.pem')), key: readFileSync(file('device.key')) }
    const member = await join(url, [], { ...tls, ...own, username: otherDevice })
    t.after(member.leave)
    await member.say(mine.events, 'own report')
    await assert.rejects(member.say(others.events, 'forged'), refused)
    await assert.rejects(join(url, [], { ...tls, username: device }))
  })
})
