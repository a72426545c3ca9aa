import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { IClientOptions } from 'mqtt'
import { dockAcl } from '../../edge/dock-acl.ts'
import { dockBridge } from '../../edge/dock-bridge.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { type Mosquitto, mosquittoMissing, passwordFile, startMosquitto } from '../support/mosquitto.ts'
import { join, startCloud } from './brokers.ts'

const dock = '7CTDM0000000001'
const otherDock = '7CTDM0000000002'
const aircraft = '1581F0000000000A1'
const otherAircraft = '1581F0000000000A2'
const mine = topicsOf(dock)
const others = topicsOf(otherDock)

/** MQTT 5 tells a client that a topic is refused; 3.1.1 drops the message in silence. */
const asDock = (sn: string): IClientOptions => ({
  username: sn,
  password: `secret of ${sn}`,
  protocolVersion: 5,
})
const asPlatform: IClientOptions = {
  username: 'platform',
  password: 'secret of platform',
  protocolVersion: 5,
}
const refused = { message: /Not authorized/ }

describe('the access list for docks', { skip: mosquittoMissing }, () => {
  let edge: Mosquitto
  const undo: Array<() => Promise<void>> = []

  const startEdge = async (bridge = '') => {
    const acl = dockAcl({ aircraft: [{ dockSn: dock, aircraftSn: aircraft }] })
    const platform = '\nuser platform\ntopic readwrite thing/product/#\ntopic readwrite sys/product/#\n'
    const names = [dock, otherDock, 'platform']
    const users = Object.fromEntries(names.map((name) => [name, `secret of ${name}`]))
    edge = await startMosquitto(
      `allow_anonymous false\npassword_file {dir}/passwords\nacl_file {dir}/acl\n${bridge}`,
      { files: { acl: acl + platform, passwords: await passwordFile(users) } },
    )
    undo.push(edge.stop)
  }
  const joinAs = async (options: IClientOptions, filters: string[] = []) => {
    const member = await join(edge.url, filters, options)
    undo.push(member.leave)
    return member
  }

  beforeEach(() => startEdge())
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  it('lets a dock use the topics of its own serial number', async () => {
    const platform = await joinAs(asPlatform, ['thing/product/#', 'sys/product/#'])
    const member = await joinAs(asDock(dock), [`thing/product/${dock}/#`])

    for (const topic of [
      mine.servicesReply,
      mine.events,
      `sys/product/${dock}/status`,
      `thing/product/${dock}/osd`,
    ]) {
      await member.say(topic, topic)
      await platform.received.until(topic)
    }
    for (const topic of [mine.services, mine.eventsReply, `thing/product/${dock}/property/set`]) {
      await platform.say(topic, topic)
      await member.received.until(topic)
    }
  })

  it('refuses what a dock says on another dock’s topics', async () => {
    const platform = await joinAs(asPlatform, ['thing/product/#', 'sys/product/#'])
    const member = await joinAs(asDock(dock))

    for (const topic of [
      others.servicesReply,
      others.events,
      `thing/product/${otherDock}/osd`,
      `sys/product/${otherDock}/status`,
    ]) {
      await assert.rejects(member.say(topic, 'forged'), refused, topic)
    }
    await member.say(mine.events, 'last')
    await platform.received.until('last')
    assert.deepEqual(
      platform.received.messages.map(({ payload }) => payload),
      ['last'],
    )
  })

  it('refuses a dock that gives commands, even to itself', async () => {
    const member = await joinAs(asDock(dock))
    await assert.rejects(member.say(mine.services, 'forged'), refused)
    await assert.rejects(member.say(others.services, 'forged'), refused)
  })

  it('shows a dock nothing that is meant for another, whatever it subscribes to', async () => {
    const platform = await joinAs(asPlatform)
    const member = await joinAs(asDock(dock), ['#', others.services, 'thing/product/+/services'])

    await platform.say(others.services, 'credentials of the other dock')
    await platform.say(mine.services, 'last')
    await member.received.until('last')

    assert.ok(member.received.messages.every(({ payload }) => payload === 'last'))
  })

  it('lets a dock report for its aircraft, and for no other', async () => {
    const platform = await joinAs(asPlatform, ['thing/product/#'])
    const member = await joinAs(asDock(dock))
    const neighbour = await joinAs(asDock(otherDock))

    for (const kind of ['osd', 'state', 'events']) {
      await member.say(`thing/product/${aircraft}/${kind}`, kind)
      await platform.received.until(kind)
    }
    await assert.rejects(member.say(`thing/product/${otherAircraft}/osd`, 'forged'), refused)
    await assert.rejects(neighbour.say(`thing/product/${aircraft}/state`, 'forged'), refused)
  })

  it('keeps out who does not sign in', async () => {
    await assert.rejects(join(edge.url, []), refused)
    await assert.rejects(join(edge.url, [], { username: dock, password: 'guess' }), refused)
  })

  it('needs no line for the bridge', async () => {
    const cloud = await startCloud()
    undo.push(cloud.stop)
    await startEdge(
      dockBridge({
        endpoint: '127.0.0.1',
        port: cloud.port,
        insecurePlain: true,
        docks: [dock],
        bridgeName: 'test',
        remoteClientId: 'edge',
      }),
    )
    const member = await joinAs(asDock(dock), [mine.services])
    await cloud.subscribed(2)

    await member.say(mine.events, 'up')
    await cloud.received.until('up')
    await cloud.send(mine.services, 'down')
    await member.received.until('down')
  })
})
