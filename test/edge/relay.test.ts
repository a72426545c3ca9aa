import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createPresenceBoard } from '../../edge/relay/presence-board.ts'
import { type Relay, type RelayNeeds, startRelay } from '../../edge/relay/relay.ts'
import { openSpool } from '../../edge/relay/spool.ts'
import { readTraffic } from '../../protocols/dji-dock/traffic.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { mosquittoMissing, startMosquitto } from '../support/mosquitto.ts'
import { join, startCloud } from './brokers.ts'

const dock = '7CTDM0000000001'
const aircraft = '1581F0000000000A1'
const other = '7CTDM0000000002'
const topics = topicsOf(dock)
const status = `sys/product/${dock}/status`

let bid = 0
const message = (method: string | undefined, data: object, more: object = {}) =>
  JSON.stringify({
    tid: 't',
    bid: `b${++bid}`,
    method,
    timestamp: 1,
    gateway: dock,
    need_reply: 0,
    data,
    ...more,
  })
const progress = () => message('fileupload_progress', { output: { status: 'in_progress' } })
const alarms = (...codes: string[]) => message('hms', { list: codes.map((code) => ({ code, level: 1 })) })
const topology = (...sns: string[]) =>
  message('update_topo', { domain: '3', sub_devices: sns.map((sn) => ({ sn, domain: '0' })) })

describe('a relay', { skip: mosquittoMissing }, () => {
  const undo: Array<() => Promise<void>> = []
  let directory = ''
  let now = 1_800_000_000_000
  let lines: string[] = []

  /** The docks' broker, AWS, a dock at the one and a relay between them. */
  const site = async (options: Partial<RelayNeeds> & { maxBytes?: number; relayed?: boolean } = {}) => {
    const broker = await startMosquitto('allow_anonymous true\npersistence false')
    undo.push(broker.stop)
    const cloud = await startCloud()
    undo.push(cloud.stop)
    const run = async (): Promise<Relay> => {
      const lost = (reason: string, count: number) => void lines.push(`${count} lost: ${reason}`)
      const spool = await openSpool({ directory, maxBytes: options.maxBytes ?? 1e6, lost })
      const relay = startRelay({
        local: { url: broker.url, options: { clientId: 'relay', reconnectPeriod: 100 } },
        cloud: {
          url: `mqtt://127.0.0.1:${cloud.port}`,
          options: { clientId: 'relay', reconnectPeriod: 100 },
        },
        docks: [],
        platform: false,
        prefix: '',
        spool,
        now: () => now,
        log: (line) => void lines.push(line),
        ...options,
      })
      undo.push(relay.stop)
      return relay
    }
    const relay = await run()
    await relay.ready
    await cloud.subscribed(options.platform ? 5 : 2)
    const member = await join(broker.url, [topics.services])
    undo.push(member.leave)
    return { broker, cloud, member, relay, run }
  }
  type Site = Awaited<ReturnType<typeof site>>

  const crossed = ({ cloud }: Site) =>
    cloud.received.messages
      .filter(({ topic }) => !topic.startsWith('groundcrew/'))
      .map(({ payload }) => payload)
  const announced = ({ cloud }: Site) =>
    cloud.received.messages.filter(({ topic }) => topic === `groundcrew/presence/${dock}`)
  /** Whatever was said before has been decided on. */
  const settled = async (there: Site) => {
    const last = progress()
    await there.member.say(topics.events, last)
    await there.cloud.received.until(last)
    return crossed(there).filter((payload) => payload !== last)
  }

  beforeEach(async () => {
    directory = await mkdtemp(joinPath(tmpdir(), 'groundcrew-spool-'))
    now = 1_800_000_000_000
    lines = []
  })
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
    await rm(directory, { recursive: true, force: true })
  })

  it('is kept busy by no message that it cannot make sense of', async () => {
    const there = await site()
    const deep = '['.repeat(30_000) + ']'.repeat(30_000)
    const senseless = ['{"toString":1,"valueOf":1}', deep].map(
      (code) => `{"method":"hms","tid":"t","gateway":"${dock}","data":{"list":[{"code":${code}}]}}`,
    )
    for (const one of senseless) await there.member.say(topics.events, one)
    await settled(there)
    assert.deepEqual(
      lines.filter((line) => line.includes('could not be taken')),
      [],
    )
  })

  it('hands on remote logs and upgrades, and drops the day’s noise', async () => {
    const there = await site()
    const wanted = [
      [topics.servicesReply, message('fileupload_list', { result: 0, files: [] })],
      [topics.servicesReply, message('ota_create', { result: 0, output: { status: 'in_progress' } })],
      [topics.events, message('ota_progress', { output: { status: 'ok' } })],
      [topics.events, message(undefined, { output: { progress: { step_key: 'upgrade_firmware' } } })],
    ] as const
    for (const [topic, payload] of wanted) await there.member.say(topic, payload)
    for (const [topic, payload] of [
      [`thing/product/${dock}/osd`, message(undefined, { mode_code: 0 })],
      [`thing/product/${aircraft}/osd`, message(undefined, { latitude: 1 })],
      [`thing/product/${dock}/state`, message(undefined, { firmware_version: '10.01.16.03' })],
      [topics.events, alarms()],
      [topics.events, message('flighttask_progress', { output: {} }, { need_reply: 1 })],
      [topics.events, message(undefined, { output: { progress: { current_step: 2 } } })],
      [`thing/product/${dock}/requests`, message('config', {})],
      [topics.events, 'no json'],
    ] as const)
      await there.member.say(topic, payload)

    assert.deepEqual(
      await settled(there),
      wanted.map(([, payload]) => payload),
    )
  })

  it('hands on what a dock asks its only platform for', async () => {
    const there = await site({ platform: true })
    const asked = [
      [`thing/product/${dock}/requests`, message('config', {})],
      [status, topology()],
      [topics.events, message('flighttask_progress', { output: {} }, { need_reply: 1 })],
      [`thing/product/${aircraft}/state`, message(undefined, { height: 1 }, { need_reply: 1 })],
    ] as const
    for (const [topic, payload] of asked) await there.member.say(topic, payload)

    assert.deepEqual(
      await settled(there),
      asked.map(([, payload]) => payload),
    )
  })

  it('keeps the subscriptions of the others when a dock names ever new aircraft', async () => {
    const there = await site({ platform: true, docks: [dock, other] })
    const serials = Array.from({ length: 30 }, (_, index) => `1581F00000000${100 + index}`)
    for (const sn of [other, ...serials]) await there.member.say(status, topology(sn))
    const theirs = topology(aircraft).replaceAll(dock, other)
    await there.member.say(`sys/product/${other}/status`, theirs)
    await there.cloud.received.until(theirs)
    const topic = `thing/product/${aircraft}/events_reply`
    while (!there.cloud.sessions.get('relay')?.subscribes.flat().includes(topic)) await setTimeout(10)
    const listener = await join(there.broker.url, [topic, topicsOf(other).eventsReply])
    undo.push(listener.leave)
    for (const to of [topic, topicsOf(other).eventsReply]) await there.cloud.send(to, to)
    await listener.received.until(topic)
    await listener.received.until(topicsOf(other).eventsReply)
    assert.deepEqual(
      lines.filter((line) => line.includes('no room')),
      [],
    )
  })

  it('hands on a list of alarms only when it changes, separately for each machine', async () => {
    const there = await site()
    const ofAircraft = topicsOf(aircraft).events
    const said: [string, string, boolean][] = [
      [topics.events, alarms(), false],
      [topics.events, alarms('0x1'), true],
      [topics.events, alarms('0x1'), false],
      [ofAircraft, alarms('0x1'), true],
      [topics.events, alarms('0x1', '0x2'), true],
      [topics.events, alarms('0x2', '0x1'), false],
      [topics.events, alarms(), true],
      [topics.events, alarms(), false],
    ]
    for (const [topic, payload] of said) await there.member.say(topic, payload)

    assert.deepEqual(
      await settled(there),
      said.flatMap(([, payload, crosses]) => (crosses ? [payload] : [])),
    )
  })

  it('says again each minute which alarms stand, for silence would clear them', async () => {
    const there = await site()
    const said: string[] = []
    for (const [minutes, ...codes] of [[0, '0x1'], [0.9, '0x1'], [1, '0x1'], [1.5, '0x1'], [2]] as const) {
      now = 1_800_000_000_000 + minutes * 60_000
      const payload = alarms(...codes)
      await there.member.say(topics.events, payload)
      said.push(payload)
      await settled(there)
    }
    now += 3_600_000
    await there.member.say(topics.events, alarms())

    const [first, , second, , cleared] = said
    assert.deepEqual(
      (await settled(there)).filter((payload) => said.includes(payload)),
      [first, second, cleared],
    )
    assert.equal((await settled(there)).filter((payload) => payload.includes('"hms"')).length, 3)
  })

  it('hands on the end of a flight, and nothing of it before', async () => {
    const there = await site()
    const flight = (status: string) => message('flighttask_progress', { output: { status } })
    const ended = flight('partially_done')
    for (const payload of [flight('sent'), flight('in_progress'), ended, flight('paused')])
      await there.member.say(topics.events, payload)
    assert.deepEqual(await settled(there), [ended])
  })

  it('drops what the broker retained: it would come as news after every restart', async () => {
    const there = await site()
    const said = progress()
    await there.member.say(topics.events, said, { retain: true })
    await settled(there)
    await there.relay.stop()
    await (await there.run()).ready

    assert.equal((await settled(there)).filter((payload) => payload === said).length, 1)
  })

  it('leaves alone the docks that were not named', async () => {
    const there = await site({ docks: [dock] })
    await there.member.say(topicsOf('7CTDM0000000002').events, progress().replaceAll(dock, '7CTDM0000000002'))
    assert.deepEqual(await settled(there), [])
  })

  it('accepts no report for another dock, and hands on nothing that AWS would refuse', async () => {
    const there = await site({ docks: [dock] })
    const foreign = '7CTDM0000000002'
    await there.member.say(status, topology())
    for (const [topic, gateway] of [
      [topicsOf(foreign).events, dock],
      [`sys/product/${foreign}/status`, dock],
      [`thing/product/${foreign}/state`, dock],
      [`thing/product/${foreign}/osd`, 'a+b'],
    ] as const) {
      const data = {
        domain: '3',
        sub_devices: [{ sn: 'FAKE' }],
        firmware_version: '9',
        list: [{ code: '1' }],
      }
      await there.member.say(topic, message('hms', data, { gateway }))
    }
    await there.member.say(topics.events, message('fileupload_progress', { output: 'x'.repeat(129 * 1024) }))

    assert.deepEqual(await settled(there), [])
    assert.ok(there.cloud.received.messages.every(({ topic }) => !/[+#]/.test(topic)))
    assert.deepEqual(
      announced(there).map(({ payload }) => [JSON.parse(payload).aircraft, JSON.parse(payload).firmware]),
      [[[], {}]],
    )
  })

  it('brings commands to the dock', async () => {
    const there = await site()
    await there.cloud.send(topics.services, 'a command')
    await there.member.received.until('a command')
  })

  it('keeps what AWS could not take, over its own restart', async () => {
    const there = await site()
    await there.cloud.cut()
    const said = Array.from({ length: 20 }, progress)
    for (const payload of said) await there.member.say(topics.events, payload)
    while ((await readdir(directory)).length < said.length) await new Promise(setImmediate)
    await there.relay.stop()
    await there.cloud.mend()
    await (await there.run()).ready

    await settled(there)
    for (const payload of said) assert.ok(crossed(there).includes(payload), payload)
    while ((await readdir(directory)).length > 0) await new Promise(setImmediate)
  })

  it('hands on the others when AWS refuses a topic, and that one when it no longer does', async () => {
    const there = await site()
    there.cloud.refuse((topic) => topic === topicsOf(aircraft).events)
    await there.member.say(status, topology(aircraft))
    const refused = alarms('0x16100001')
    const others = Array.from({ length: 12 }, progress)
    for (const other of others.slice(0, 4)) await there.member.say(topics.events, other)
    await there.member.say(topicsOf(aircraft).events, refused)
    for (const other of others.slice(4)) await there.member.say(topics.events, other)
    const last = others.at(-1) ?? ''
    await there.cloud.received.until(last)
    assert.ok(others.every((other) => crossed(there).includes(other)))
    assert.ok(!crossed(there).includes(refused))
    assert.match(lines.join('\n'), /AWS ends the connection at thing\/product\/1581F0000000000A1\/events/)

    there.cloud.refuse(() => false)
    now += 10 * 60_000
    await there.member.say(topics.events, progress())
    await there.cloud.received.until(refused)
  })

  it('hands on what is said when AWS refuses the presence of a dock', async () => {
    const there = await site()
    there.cloud.refuse((topic) => topic.startsWith('groundcrew/presence/'))
    await there.member.say(status, topology())
    const others = Array.from({ length: 12 }, progress)
    for (const other of others) await there.member.say(topics.events, other)
    await there.cloud.received.until(others.at(-1) ?? '')
    assert.ok(others.every((other) => crossed(there).includes(other)))
  })

  it('drops the oldest beyond its bound, and says so', async () => {
    const there = await site({ maxBytes: 2_000 })
    await there.cloud.cut()
    const said = Array.from({ length: 20 }, progress)
    for (const payload of said) await there.member.say(topics.events, payload)
    while (!lines.includes('1 lost: spoolFull')) await new Promise(setImmediate)
    await there.cloud.mend()

    await there.cloud.received.until(said.at(-1) ?? '')
    assert.ok(!crossed(there).includes(said[0] ?? ''))
  })

  it('passes over a file that was cut off, and says so', async () => {
    await writeFile(joinPath(directory, '000000000000001.json'), '{"topic": "cut off by a full')
    await settled(await site())
    assert.ok(lines.includes('1 lost: spoolDamaged'), lines.join('\n'))
  })

  it('takes what was said at the broker while it was down', async () => {
    const there = await site()
    await there.relay.stop()
    const missed = progress()
    await there.member.say(topics.events, missed)
    await (await there.run()).ready
    await there.cloud.received.until(missed)
  })

  it('loses nothing when its process is killed, and ends on a signal', async () => {
    const broker = await startMosquitto('allow_anonymous true\npersistence false')
    const cloud = await startCloud()
    undo.push(broker.stop, cloud.stop)
    const started = async () => {
      const sides = ['--endpoint', '127.0.0.1', '--port', String(cloud.port), '--broker', broker.url]
      const args = ['bin/edge.ts', 'relay', '--insecure-plain', ...sides, '--spool', directory]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      undo.push(async () => void child.kill('SIGKILL'))
      let said = ''
      const until = async (words: string) => {
        while (!said.includes(words)) said += String((await once(child.stdout, 'data'))[0])
      }
      await until('listens to the docks')
      return { child, until }
    }
    const first = await started()
    await cloud.subscribed(2)
    const member = await join(broker.url, [])
    undo.push(member.leave)
    await cloud.cut()
    const payload = progress()
    await member.say(topics.events, payload)
    while ((await readdir(directory)).length === 0) await new Promise(setImmediate)
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    await cloud.mend()

    const second = await started()
    await cloud.received.until(payload)
    const [[code]] = await Promise.all([once(second.child, 'exit'), second.child.kill('SIGTERM')])
    assert.equal(code, 0)
  })

  it('announces a dock, retained, when something changes and once an hour', async () => {
    const there = await site()
    const say = async (topic: string, payload: string) => {
      await there.member.say(topic, payload)
      await settled(there)
    }
    await say(status, topology(aircraft))
    await say(`thing/product/${aircraft}/state`, message(undefined, { firmware_version: '14.03.00.03' }))
    await say(`thing/product/${dock}/osd`, message(undefined, { mode_code: 4 }))
    await say(`thing/product/${aircraft}/osd`, message(undefined, { mode_code: 5 }))
    await say(`thing/product/${dock}/osd`, message(undefined, { mode_code: 4 }))
    now += 3_600_000 - 1
    await say(status, topology(aircraft))
    now += 1
    await say(
      `thing/product/${dock}/osd`,
      message(undefined, { sub_device: { device_sn: aircraft, device_online_status: 0 } }),
    )

    const online = { online: true, since: '2027-01-15T08:00:00.000Z' }
    const firmware = { [aircraft]: '14.03.00.03' }
    assert.ok(announced(there).every(({ retain, qos }) => retain && qos === 1))
    assert.deepEqual(
      announced(there).map(({ payload }) => JSON.parse(payload)),
      [
        { ...online, aircraft: [aircraft], firmware: {} },
        { ...online, aircraft: [aircraft], firmware },
        { ...online, aircraft: [aircraft], firmware, mode: 'working' },
        { ...online, aircraft: [], firmware, mode: 'working' },
      ],
    )
  })
})

describe('presence at a relay', () => {
  it('does not come back by a last will, which the broker says when the dock is gone', () => {
    const board = createPresenceBoard([dock])
    const hear = (payload: object, at: number): void => {
      const traffic = readTraffic(status, Buffer.from(JSON.stringify(payload)))
      assert.ok(traffic)
      board.record(traffic, at)
    }
    const isOnline = (at: number): boolean[] =>
      board.due(at).map(({ text }) => text.includes('"online":true'))
    const data = { domain: '3', sub_devices: [] }
    hear({ tid: 't', bid: 'b', method: 'update_topo', data }, 0)
    assert.deepEqual(isOnline(1), [true])
    assert.deepEqual(isOnline(60_000), [false])
    hear({ method: 'update_topo', data }, 61_000)
    assert.deepEqual(isOnline(62_000), [false])
  })
})
