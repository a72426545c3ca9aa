import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { dockBridge } from '../../edge/dock-bridge.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import {
  type Mosquitto,
  type MosquittoOptions,
  mosquittoMissing,
  startMosquitto,
} from '../support/mosquitto.ts'
import { type Cloud, join, startCloud } from './brokers.ts'

const dock = '7CTDM0000000001'
const otherDock = '7CTDM0000000002'
const topics = topicsOf(dock)

describe('a Mosquitto bridge', { skip: mosquittoMissing }, () => {
  let cloud: Cloud
  const undo: Array<() => Promise<void>> = []

  beforeEach(async () => {
    cloud = await startCloud()
    undo.push(cloud.stop)
  })
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  const request = {
    endpoint: '127.0.0.1',
    insecurePlain: true,
    docks: [dock],
    bridgeName: 'test',
    remoteClientId: 'edge',
  }

  const startEdge = async (
    changes: { docks?: string[]; localPrefix?: string; allowRetained?: boolean } = {},
    settings = '',
    options: MosquittoOptions = {},
  ): Promise<Mosquitto> => {
    const bridge = dockBridge({ ...request, port: cloud.port, ...changes })
    const edge = await startMosquitto(`allow_anonymous true\n${settings}\n${bridge}`, options)
    undo.push(edge.stop)
    return edge
  }

  const joinEdge = async (edge: Mosquitto, filters: string[] = []) => {
    const member = await join(edge.url, filters)
    undo.push(member.leave)
    return member
  }

  it('carries a dock’s replies and events up, at QoS 1', async () => {
    const edge = await startEdge()
    const sender = await joinEdge(edge)
    await cloud.subscribed(2)

    await sender.say(topics.servicesReply, '{"tid":"a"}')
    await sender.say(topics.events, '{"tid":"b"}')
    await cloud.received.until('{"tid":"b"}')

    assert.deepEqual(cloud.received.messages, [
      { topic: topics.servicesReply, payload: '{"tid":"a"}', qos: 1, retain: false },
      { topic: topics.events, payload: '{"tid":"b"}', qos: 1, retain: false },
    ])
  })

  it('refuses retained messages, so that a reconnect repeats none', async () => {
    const edge = await startEdge()
    const sender = await joinEdge(edge)
    await cloud.subscribed(2)

    const said = sender.say(topics.events, 'retained', { retain: true }).then(() => 'taken')
    assert.equal(await Promise.race([said, sender.gone]), undefined)
    await cloud.cut()
    await cloud.mend()
    const other = await joinEdge(edge)
    await other.say(topics.events, 'last')
    await cloud.received.until('last')

    assert.deepEqual(
      cloud.received.messages.map(({ payload }) => payload),
      ['last'],
    )
  })

  it('never passes the mark of a retained message on, where the broker takes them', async () => {
    const edge = await startEdge({ allowRetained: true })
    const sender = await joinEdge(edge)
    await cloud.subscribed(2)

    await sender.say(topics.events, 'retained', { retain: true })
    await cloud.received.until('retained')

    assert.equal(cloud.received.messages[0]?.retain, false)
  })

  it('carries commands and acknowledgements down', async () => {
    const edge = await startEdge()
    const listener = await joinEdge(edge, ['#'])
    await cloud.subscribed(2)

    await cloud.send(topics.services, 'command')
    await cloud.send(topics.eventsReply, 'acknowledgement')
    await listener.received.until('acknowledgement')

    assert.deepEqual(
      listener.received.messages.map(({ topic, payload, qos }) => [topic, payload, qos]),
      [
        [topics.services, 'command', 1],
        [topics.eventsReply, 'acknowledgement', 1],
      ],
    )
  })

  it('keeps everything else where it is', async () => {
    const edge = await startEdge()
    const sender = await joinEdge(edge)
    await cloud.subscribed(2)

    for (const kind of ['osd', 'state', 'requests', 'property/set_reply', 'services', 'events_reply']) {
      await sender.say(`thing/product/${dock}/${kind}`, kind)
    }
    await sender.say(`sys/product/${dock}/status`, 'status')
    await sender.say(topicsOf(otherDock).events, 'other dock')
    await sender.say(topics.events, 'last')
    await cloud.received.until('last')

    assert.deepEqual(
      cloud.received.messages.map(({ payload }) => payload),
      ['last'],
    )
  })

  it('asks the cloud for no other dock’s commands', async () => {
    const edge = await startEdge()
    const listener = await joinEdge(edge, ['#'])
    await cloud.subscribed(2)

    await cloud.send(topicsOf(otherDock).services, 'other dock')
    await cloud.send(topics.servicesReply, 'not a command')
    await cloud.send(topics.services, 'last')
    await listener.received.until('last')

    assert.deepEqual(
      listener.received.messages.map(({ payload }) => payload),
      ['last'],
    )
  })

  it('carries every dock of the broker when none is named', async () => {
    const edge = await startEdge({ docks: [] })
    const member = await joinEdge(edge, ['thing/product/+/services'])
    await cloud.subscribed(2)

    await member.say(topicsOf(otherDock).events, 'up')
    await cloud.send(topicsOf(otherDock).services, 'down')
    await cloud.received.until('up')
    await member.received.until('down')
  })

  it('takes the broker’s own prefix off on the way up and puts it on on the way down', async () => {
    const edge = await startEdge({ localPrefix: 'site-a/' })
    const member = await joinEdge(edge, ['site-a/#'])
    await cloud.subscribed(2)

    await member.say(`site-a/${topics.events}`, 'up')
    await cloud.received.until('up')
    assert.deepEqual(
      cloud.received.messages.map(({ topic }) => topic),
      [topics.events],
    )

    await cloud.send(topics.services, 'down')
    await member.received.until('down')
    assert.equal(member.received.messages.at(-1)?.topic, `site-a/${topics.services}`)
  })

  it('delivers both ways what was said while the line was down', async () => {
    const edge = await startEdge()
    const member = await joinEdge(edge, [topics.services])
    await cloud.subscribed(2)

    await cloud.cut()
    for (const payload of ['1', '2', '3']) await member.say(topics.events, payload)
    await cloud.send(topics.services, 'command')
    await cloud.mend()

    await cloud.received.until('3')
    await member.received.until('command')
    assert.deepEqual([...new Set(cloud.received.messages.map(({ payload }) => payload))], ['1', '2', '3'])
  })

  it('keeps even what a dock said at QoS 0, if the broker upgrades it', async () => {
    const edge = await startEdge({}, 'upgrade_outgoing_qos true')
    const sender = await joinEdge(edge)
    await cloud.subscribed(2)

    await cloud.cut()
    await sender.say(topics.events, 'at most once', { qos: 0 })
    await sender.say(topics.events, 'last')
    await cloud.mend()

    await cloud.received.until('last')
    await cloud.received.until('at most once')
  })

  it('delivers what was said before the customer’s broker restarted, if that broker persists', async () => {
    const directory = await mkdtemp(joinPath(tmpdir(), 'groundcrew-persistent-'))
    undo.push(() => rm(directory, { recursive: true, force: true }))
    const settings = 'persistence true\npersistence_location {dir}/'
    const before = await startEdge({}, settings, { directory })
    const sender = await joinEdge(before)
    await cloud.subscribed(2)

    await cloud.cut()
    await sender.say(topics.events, 'kept')
    await before.stop()
    await cloud.mend()
    await startEdge({}, settings, { directory })

    await cloud.received.until('kept')
  })

  it('drops a message that AWS would refuse, and goes on', async () => {
    const edge = await startEdge()
    const sender = await joinEdge(edge)
    await cloud.subscribed(2)

    await sender.say(topics.servicesReply, 'x'.repeat(128 * 1024 + 1))
    await sender.say(topics.servicesReply, 'last')
    await cloud.received.until('last')

    assert.deepEqual(
      cloud.received.messages.map(({ payload }) => payload),
      ['last'],
    )
  })

  it('keeps each connection within AWS’s 50 subscriptions, and each SUBSCRIBE within 8', async () => {
    const docks = Array.from({ length: 26 }, (_, index) => `7CTDM${String(index).padStart(10, '0')}`)
    await startEdge({ docks })
    await cloud.subscribed(52)

    const sessions = [...cloud.sessions.values()]
    assert.deepEqual(sessions.map(({ clientId }) => clientId).sort(), ['edge-1', 'edge-2'])
    assert.deepEqual(sessions.map(({ subscribes }) => subscribes.flat().length).sort(), [2, 50])
    assert.ok(sessions.every(({ subscribes }) => subscribes.every((filters) => filters.length <= 8)))
  })
})
