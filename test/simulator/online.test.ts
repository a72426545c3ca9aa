import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Aedes } from 'aedes'
import {
  type Answer,
  acknowledgeState,
  answerRequest,
  answerTopology,
} from '../../protocols/dji-dock/down.ts'
import type { Ask } from '../../protocols/dji-dock/facts.ts'
import { topicsOf } from '../../protocols/dji-dock/topics.ts'
import { readNeedsReply, readRequest, readTopology } from '../../protocols/dji-dock/up.ts'
import { offerFirmware } from '../../protocols/dji-firmware/down.ts'
import { listLogs } from '../../protocols/dji-remote-log/down.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import { startDock } from '../../simulator/dock/dock.ts'
import type { Wait } from '../../simulator/dock/online/asking.ts'
import type { DockOptions } from '../../simulator/dock/options.ts'
import { aircraftSn, dockSn, now, startBroker } from './dock-world.ts'

const licence = { appId: '1', appKey: 'key', appLicense: 'licence' }
const member = { organizationId: 'north', bindingCode: 'CODE', callSign: 'North' }
const bound = { organizationId: 'north', organizationName: 'North', callSign: 'N' }

type Server = (ask: Ask) => Answer | undefined

/** A server that binds whoever asks. */
const willing =
  (isBound = false): Server =>
  (ask) => {
    switch (ask.kind) {
      case 'config':
        return { kind: 'config', licence }
      case 'bindStatus':
        return { kind: 'bindStatus', devices: ask.sns.map((sn) => (isBound ? { sn, bound } : { sn })) }
      case 'organization':
        return { kind: 'organization', name: 'North' }
      case 'bind':
        return { kind: 'bound', devices: ask.devices.map(({ sn }) => ({ sn })) }
      default:
        return { kind: 'nothing' }
    }
  }

/** Time that passes when a test says so; no answer is waited for longer than the broker takes. */
const steppedTime = () => {
  const steps = new EventEmitter()
  const wait: Wait = async (_, signal) => {
    await once(steps, 'step', { signal })
  }
  return { wait, step: () => steps.emit('step') }
}

describe('a dock that comes online with its server', () => {
  let mqtt: Awaited<ReturnType<typeof startBroker>>
  let server: Server
  let said: string[]
  let topologies: string[][]
  const undo: Array<() => Promise<void>> = []

  const send = (broker: Aedes, { topic, payload }: DeviceMessage) =>
    broker.publish({ cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload }, () => {})

  beforeEach(async () => {
    mqtt = await startBroker()
    undo.push(mqtt.close)
    server = willing()
    said = []
    topologies = []
    mqtt.broker.on('publish', ({ topic, payload }) => {
      const bytes = Buffer.from(payload)
      if (topic === topicsOf(dockSn).requests) {
        const request = readRequest(dockSn, bytes)
        if (request.outcome !== 'understood') throw new Error(JSON.stringify(request))
        const { ask, answerTo } = request.fact
        said.push(ask.kind)
        const answer = server(ask)
        if (answer) send(mqtt.broker, answerRequest({ dockSn, answerTo, sentAt: now }, answer))
      } else if (topic === topicsOf(dockSn).status) {
        const topology = readTopology(dockSn, bytes)
        if (topology.outcome !== 'understood') throw new Error(JSON.stringify(topology))
        said.push('topology')
        topologies.push(topology.fact.aircraft.map(({ sn }) => sn))
        if (topology.fact.answerTo)
          send(mqtt.broker, answerTopology({ dockSn, answerTo: topology.fact.answerTo, sentAt: now }))
      }
    })
  })
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  const start = async (options: Partial<DockOptions> = {}) => {
    const common = { mqttUrl: mqtt.url, dockSn, aircraftSn, pace: 'instant', now: () => now } as const
    const dock = await startDock({ ...common, member, ...options })
    undo.push(dock.close)
    return dock
  }
  /** The next message on a topic that a test wants. */
  const next = (topic: string, isIt: (payload: string) => boolean = () => true): Promise<string> =>
    new Promise((resolve) => {
      const look = (packet: { topic: string; payload: Buffer | string }) => {
        const payload = packet.payload.toString()
        if (packet.topic !== topic || !isIt(payload)) return
        mqtt.broker.off('publish', look)
        resolve(payload)
      }
      mqtt.broker.on('publish', look)
    })

  /** A package that can be fetched once the promise has resolved. */
  const packageAfter = async (ready?: Promise<unknown>) => {
    const bytes = Buffer.from('firmware')
    const packages = createServer(async (_, response) => {
      await ready
      response.end(bytes)
    })
    await once(packages.listen(0, '127.0.0.1'), 'listening')
    undo.push(async () => void packages.close())
    const address = packages.address()
    return {
      url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`,
      md5: createHash('md5').update(bytes).digest('hex'),
      size: bytes.length,
      fileName: 'package.zip',
      kind: 'normal' as const,
    }
  }

  it('asks for its licence, binds itself and its aircraft, and tells what hangs on it', async () => {
    const steps: string[] = []
    await start({ began: ({ events }) => void events.on('joining', (step) => steps.push(step)) })
    assert.deepEqual(said, ['config', 'bindStatus', 'organization', 'bind', 'topology'])
    assert.deepEqual(steps, ['has its licence', 'is bound to North', 'is online'])
    assert.deepEqual(topologies, [[aircraftSn]])
  })

  it('does not bind itself again when it is bound, and begins anew on each connection', async () => {
    server = willing(true)
    const dock = await start()
    dock.goOffline()
    await dock.comeBack()
    assert.deepEqual(said, ['config', 'bindStatus', 'topology', 'config', 'bindStatus', 'topology'])
  })

  it('tells when its aircraft goes to sleep and wakes', async () => {
    const dock = await start({ faults: { aircraftOff: true } })
    await dock.setFaults({})
    await dock.setFaults({ aircraftOff: true })
    assert.deepEqual(topologies, [[], [aircraftSn], []])
  })

  const refusals: [string, Server, RegExp][] = [
    [
      'its licence is empty',
      (ask) =>
        ask.kind === 'config' ? { kind: 'config', licence: { ...licence, appKey: '' } } : willing()(ask),
      /answer to config is wrong.*app_key/,
    ],
    [
      'its state is not told',
      (ask) => (ask.kind === 'bindStatus' ? { kind: 'bindStatus', devices: [] } : willing()(ask)),
      /says nothing of/,
    ],
    [
      'it is bound elsewhere',
      (ask) =>
        ask.kind === 'bindStatus'
          ? {
              kind: 'bindStatus',
              devices: ask.sns.map((sn) => ({ sn, bound: { ...bound, organizationId: 'south' } })),
            }
          : willing()(ask),
      /is bound to organization south/,
    ],
    [
      'there is no such organization',
      (ask) =>
        ask.kind === 'organization' ? { kind: 'refused', refusal: 'noOrganization' } : willing()(ask),
      /airport_organization_get is wrong \(result 210234\)/,
    ],
    [
      'its code is wrong',
      (ask) =>
        ask.kind === 'bind'
          ? { kind: 'bound', devices: ask.devices.map(({ sn }) => ({ sn, refused: 'wrongCode' })) }
          : willing()(ask),
      /could not be bound \(210229\)/,
    ],
  ]
  for (const [why, refusing, reason] of refusals)
    it(`leaves the broker when ${why}`, async () => {
      server = refusing
      const gone = once(mqtt.broker, 'clientDisconnect')
      await assert.rejects(start(), reason)
      await gone
      assert.ok(!said.includes('topology'))
    })

  it('asks three times for its licence, and for nothing else when it gets none', async () => {
    server = () => undefined
    const { wait, step } = steppedTime()
    const starting = start({ wait })
    for (let n = 1; n <= 3; n += 1) {
      while (said.length < n) await once(mqtt.broker, 'publish')
      await new Promise(setImmediate)
      step()
    }
    await assert.rejects(starting, /config was not answered within 3 s/)
    assert.deepEqual(said, ['config', 'config', 'config'])
  })

  it('takes no command before it is online', async () => {
    let ready = false
    server = (ask) => (ask.kind === 'bindStatus' && !ready ? undefined : willing(true)(ask))
    const { wait, step } = steppedTime()
    const starting = start({ wait })
    while (!said.includes('bindStatus')) await once(mqtt.broker, 'publish')
    const replies: string[] = []
    mqtt.broker.on('publish', ({ topic, payload }) => {
      if (topic === `thing/product/${dockSn}/services_reply`) replies.push(payload.toString())
    })
    const order = { dockSn, commandId: 'early', sentAt: now, processId: 'l', modules: ['dock'] as const }
    send(mqtt.broker, listLogs(order))
    ready = true
    step()
    await assert.rejects(starting, /airport_bind_status was not answered/)
    const dock = await start()
    send(mqtt.broker, listLogs({ ...order, commandId: 'late' }))
    while (replies.length === 0) await once(mqtt.broker, 'publish')
    assert.deepEqual(
      replies.map((reply) => JSON.parse(reply).tid),
      ['late'],
    )
    await dock.close()
  })

  it('sends alarms of dock and aircraft in each turn, and the aircraft’s version until it is acknowledged', async () => {
    const { wait, step } = steppedTime()
    const versions: string[] = []
    mqtt.broker.on('publish', ({ topic, payload }) => {
      const asks = readNeedsReply(Buffer.from(payload))
      if (topic === topicsOf(aircraftSn).state && asks.outcome === 'understood')
        versions.push(asks.fact.requestId)
    })
    const alarms = next(topicsOf(aircraftSn).events)
    const ofDock = next(topicsOf(dockSn).events)
    await start({ wait })
    assert.equal(JSON.parse(await alarms).method, 'hms')
    assert.equal(JSON.parse(await ofDock).gateway, dockSn)
    for (const count of [2, 3]) {
      while (versions.length < count) {
        await new Promise(setImmediate)
        step()
      }
    }
    assert.equal(new Set(versions).size, 1)
    const answerTo = { requestId: versions[0] ?? '' }
    send(mqtt.broker, acknowledgeState({ sn: aircraftSn, answerTo, sentAt: now }))
    const replied = next(`thing/product/${dockSn}/services_reply`)
    const order = { dockSn, commandId: 'after', sentAt: now, processId: 'l', modules: ['dock'] as const }
    send(mqtt.broker, listLogs(order))
    await replied
    const asked = versions.length
    for (let turns = 0; turns < 10; turns += 1) {
      const turn = next(topicsOf(aircraftSn).events)
      step()
      await turn
    }
    assert.equal(versions.length, asked)
  })

  it('says in each turn which alarms stand, and that it is at work while its aircraft flies', async () => {
    server = willing(true)
    const { wait, step } = steppedTime()
    const dock = await start({ wait, pace: 3_600_000 })
    const dataOf = (payload: string) => JSON.parse(payload).data
    const isAtWork = next(topicsOf(dockSn).osd, (payload) => dataOf(payload).mode_code === 4)
    const isInAir = next(topicsOf(aircraftSn).osd, (payload) => dataOf(payload).mode_code === 5)
    const isDown = dock.fly()
    dock.raiseAlarm({ of: 'aircraft', code: '0x1B030019' })
    for (let turns = 0; turns < 3; turns += 1) {
      const turn = next(topicsOf(aircraftSn).events, (payload) => payload.includes('0x1B030019'))
      step()
      await turn
    }
    assert.equal(dataOf(await isAtWork).drone_in_dock, 0)
    await isInAir
    dock.land()
    await isDown
    const isIdle = next(topicsOf(dockSn).osd, (payload) => dataOf(payload).mode_code === 0)
    for (let turns = 0; turns < 3; turns += 1) {
      const turn = next(topicsOf(aircraftSn).events)
      step()
      await turn
    }
    assert.equal(dataOf(await isIdle).drone_in_dock, 1)
  })

  it('comes back after an upgrade although its server did not answer in time at first', async () => {
    const offer = { ...(await packageAfter()), sn: dockSn, version: '10.02.00.00' }
    server = willing(true)
    const { wait, step } = steppedTime()
    const dock = await start({ wait })
    let isLate = true
    const unanswered = Promise.withResolvers<void>()
    server = (ask) => {
      if (ask.kind !== 'bindStatus' || !isLate) return willing(true)(ask)
      isLate = false
      unanswered.resolve()
      return undefined
    }
    const runs = next(topicsOf(dockSn).state, (payload) => payload.includes('"10.02.00.00"'))
    const upgraded = once(dock.events, 'upgraded')
    send(mqtt.broker, offerFirmware({ dockSn, commandId: 'c', processId: 'p', sentAt: now }, [offer]))
    await unanswered.promise
    await new Promise(setImmediate)
    step()
    await Promise.all([runs, upgraded])
  })

  it('is upgrading to its server meanwhile, begins anew after it, and tells what both machines run', async () => {
    const offer = await packageAfter(
      next(topicsOf(dockSn).osd, (payload) => JSON.parse(payload).data.mode_code === 3),
    )
    server = willing(true)
    const { wait, step } = steppedTime()
    const dock = await start({ wait })
    const versionOf = (sn: string, version: string) =>
      next(topicsOf(sn).state, (payload) => JSON.parse(payload).data.firmware_version === version)
    const versions = [versionOf(dockSn, '10.02.00.00'), versionOf(aircraftSn, '15.00.00.00')]
    const upgraded = once(dock.events, 'upgraded')
    const begun = once(dock.events, 'upgrading')
    const command = { dockSn, commandId: 'c', processId: 'p', sentAt: now }
    const offers = [
      { ...offer, sn: dockSn, version: '10.02.00.00' },
      { ...offer, sn: aircraftSn, version: '15.00.00.00' },
    ] as const
    send(mqtt.broker, offerFirmware(command, offers))
    await begun
    // One of the three shapes in turn tells the mode.
    for (let turns = 0; turns < 3; turns += 1) {
      const turn = next(topicsOf(aircraftSn).events)
      step()
      await turn
    }
    await upgraded
    await Promise.all(versions)
    assert.deepEqual(topologies, [[aircraftSn], [aircraftSn]])

    const again = versionOf(aircraftSn, '15.01.00.00')
    send(mqtt.broker, offerFirmware(command, [{ ...offer, sn: aircraftSn, version: '15.01.00.00' }]))
    await again
    assert.deepEqual(topologies.slice(2), [[], [aircraftSn]])
  })
})
