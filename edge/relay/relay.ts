import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { readTraffic, type Traffic } from '../../protocols/dji-dock/traffic.ts'
import { presenceTopicOf } from '../../protocols/edge-presence/topics.ts'
import { limits } from '../aws-limits.ts'
import { type Reason, reasonToDrop } from './filter.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { createOutlet } from './outlet.ts'
import { dockOf } from './presence.ts'
import { createPresenceBoard } from './presence-board.ts'
import type { Spool } from './spool.ts'
import { createTally, type Tally } from './tally.ts'
import { downward, downwardToAircraft, upward } from './topics.ts'

export type RelayNeeds = {
  /** The docks' broker, and AWS IoT Core. */
  local: { url: string; options: IClientOptions }
  cloud: { url: string; options: IClientOptions }
  /** Serial numbers; empty: every dock of the broker. */
  docks: readonly string[]
  /** Whether Groundcrew is the docks' only platform. */
  platform: boolean
  /** The broker's prefix of the docks' topics. */
  prefix: string
  spool: Spool
  now: () => number
  /** Gets one line of text per report. */
  log: (line: string) => void
}

/** AWS discards what is over 100 messages a second: five in each round trip of 50 ms. */
const sentAtOnce = 5
/** The most machines whose alarms are remembered; forgetting costs a message each. */
const mostRemembered = 2_000
/** As many as the cloud takes of a dock. */
const mostAircraft = 2
/** A message dropped for one of these reasons says nothing about a dock's presence. */
const saysNothing: ReadonlySet<Reason> = new Set(['retained', 'otherDock', 'unreadable', 'tooLarge'])
/** The interval for detecting silence, hourly announcements, and topics that have waited long enough. */
const lookEveryMs = 5_000
const reportEveryMs = 60_000

/**
 * Stands between the docks' broker and AWS IoT Core: forwards the messages that the cloud needs, both ways,
 * drops the others, and announces each dock's presence. A message of the docks' broker is on disk before it
 * is acknowledged. Either side may disconnect and reconnect.
 */
export const startRelay = (use: RelayNeeds) => {
  const { spool, prefix, platform, now, log } = use
  const tally = createTally()
  const board = createPresenceBoard(use.docks)
  const sentAlarms = new Map<string, { list: string; at: number }>()
  const cloud = connect(use.cloud.url, { ...steady, ...use.cloud.options })
  const local = connect(use.local.url, { ...steady, ...use.local.options })
  const outlet = createOutlet({ cloud, now, log })
  const ofDocks = (use.docks.length > 0 ? use.docks : ['+']).flatMap((sn) => downward(sn, platform))
  const aircraftOf = new Map<string, readonly string[]>()
  const subscribed = new Set<string>()
  let stopped = false

  const sender = oneAtATime(async () => {
    while (!stopped && cloud.connected) {
      const batch = await spool.oldest(sentAtOnce, outlet.isWaiting)
      if (batch.length === 0) return
      await Promise.all(
        batch.map(async ({ message, done }) => {
          await outlet.publish(message.topic, message.payload)
          await done()
        }),
      )
    }
  })

  const announcer = oneAtATime(async () => {
    if (stopped || !cloud.connected) return
    for (const { dockSn, text } of board.due(now())) {
      const topic = presenceTopicOf(dockSn)
      if (outlet.isWaiting(topic)) continue
      await outlet.publish(topic, text, { retain: true })
      board.announced(dockSn, text, now())
    }
  })

  /**
   * Work that fails because a connection ended is still in the spool or on the board, and repeated on the
   * next connection.
   */
  const soon = (work: () => Promise<void>): void => {
    work().catch((error) => {
      if (!stopped) log(`could not hand on: ${wordsOf(error)}`)
    })
  }

  const listenFor = async (topics: readonly string[]): Promise<unknown> => {
    const more = topics.filter((topic) => !subscribed.has(topic))
    if (more.length === 0) return
    if (subscribed.size + more.length > limits.subscriptions)
      return log(
        `no room for ${more.join(', ')}: AWS allows ${limits.subscriptions} subscriptions a connection`,
      )
    for (const topic of more) subscribed.add(topic)
    return cloud.subscribeAsync(more, { qos: 1 })
  }
  const orLogged = (subscribing: Promise<unknown>): void => {
    subscribing.catch((error) => log(`could not change the subscriptions: ${wordsOf(error)}`))
  }

  /**
   * Answers to an aircraft come on its own topics. The latest aircraft of each dock count, so that no dock
   * uses up the subscriptions of the others.
   */
  const listenForAircraft = (traffic: Traffic): void => {
    if (!platform || traffic.kind !== 'topology' || use.docks.length === 0) return
    const dockSn = dockOf(traffic)
    const latest = new Set([...traffic.aircraft, ...(aircraftOf.get(dockSn) ?? [])])
    aircraftOf.set(dockSn, [...latest].slice(0, mostAircraft))
    const ofAircraft = [...aircraftOf.values()].flat().flatMap(downwardToAircraft)
    const former = [...subscribed].filter((topic) => ![...ofDocks, ...ofAircraft].includes(topic))
    for (const topic of former) subscribed.delete(topic)
    if (former.length > 0) orLogged(cloud.unsubscribeAsync(former))
    orLogged(listenFor(ofAircraft))
  }

  const fromDock = async ({ topic, payload, retain }: IPublishPacket): Promise<void> => {
    const bare = topic.startsWith(prefix) ? topic.slice(prefix.length) : ''
    const bytes = Buffer.from(payload)
    const traffic = readTraffic(bare, bytes)
    const { docks } = use
    const isOurs = traffic && board.isOwn(traffic) && docks.includes(dockOf(traffic))
    const isForeign = traffic !== undefined && docks.length > 0 && !isOurs
    const message = { traffic, bytes: bytes.length, isRetained: retain, isForeign }
    const reason = reasonToDrop(message, { sentAlarms, platform, now: now() })
    if (traffic && !(reason && saysNothing.has(reason))) {
      if (board.record(traffic, now())) soon(announcer)
      listenForAircraft(traffic)
    }
    if (reason) return tally.dropped(reason)
    await spool.add({ topic: bare, payload: bytes })
    if (sentAlarms.size > mostRemembered) sentAlarms.clear()
    if (traffic?.kind === 'alarms') sentAlarms.set(traffic.sn, { list: traffic.list, at: now() })
    tally.passed()
    soon(sender)
  }

  /**
   * Commands are short-lived, and the cloud gives one up after seconds: they do not wait for a broker that is
   * away.
   */
  const fromCloud = async ({ topic, payload }: IPublishPacket): Promise<void> => {
    if (!local.connected) return tally.dropped('brokerAway')
    local.publish(prefix + topic, Buffer.from(payload), { qos: 1 }, (error) => {
      if (error && !stopped) log(`${topic} did not reach the docks’ broker: ${wordsOf(error)}`)
    })
    tally.passedDown()
  }

  const atWork = new Set<Promise<void>>()
  acknowledgeAfter(local, fromDock, atWork, log)
  acknowledgeAfter(cloud, fromCloud, atWork, log)
  watch(local, 'the docks’ broker', log)
  watch(cloud, 'AWS', log)
  const listening = local.subscribeAsync(upward(prefix), { qos: 1 }).then(() => log('listens to the docks'))
  orLogged(listening)
  orLogged(listenFor(ofDocks))
  cloud.on('connect', () => {
    soon(sender)
    soon(announcer)
  })
  const looking = setInterval(() => {
    soon(announcer)
    soon(sender)
  }, lookEveryMs)
  const reporting = setInterval(() => report(tally, spool, log), reportEveryMs)

  const ready = Promise.all([connected(local), connected(cloud), listening]).then(() => {})
  // Avoids an unhandled rejection if the relay is stopped before.
  ready.catch(() => {})

  return {
    /** Resolves when both sides are connected, and no message of a dock is missed any more. */
    ready,
    /** Stops the relay; messages that were not forwarded stay in the spool for the next start. */
    stop: async (): Promise<void> => {
      stopped = true
      clearInterval(looking)
      clearInterval(reporting)
      await Promise.all([local, cloud].map((client) => client.endAsync(true)))
      await Promise.allSettled(atWork)
      report(tally, spool, log)
    },
  }
}

export type Relay = ReturnType<typeof startRelay>

/** Sessions persist on both sides, so that nothing is lost while the relay is down. */
const steady: IClientOptions = {
  clean: false,
  protocolVersion: 4,
  keepalive: 60,
  reconnectPeriod: 2_000,
  reconnectOnConnackError: true,
  resubscribe: true,
}

/**
 * Acknowledges a QoS 1 message when the work is done. If the work fails the connection ends, and the broker
 * sends the message again on the next.
 */
const acknowledgeAfter = (
  client: MqttClient,
  work: (packet: IPublishPacket) => Promise<void>,
  atWork: Set<Promise<void>>,
  log: (line: string) => void,
): void => {
  client.handleMessage = (packet, done) => {
    const working = work(packet).then(
      () => done(),
      (error: unknown) => {
        log(`${packet.topic} could not be taken and will come again: ${wordsOf(error)}`)
        client.reconnect()
      },
    )
    atWork.add(working)
    void working.finally(() => atWork.delete(working))
  }
}

const watch = (client: MqttClient, name: string, log: (line: string) => void): void => {
  client.on('connect', () => log(`connected to ${name}`))
  client.on('offline', () => log(`no connection to ${name}; trying again`))
  client.on('error', (error) => log(`${name}: ${wordsOf(error)}`))
}

const connected = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => (client.connected ? resolve() : client.once('connect', () => resolve())))

const report = (tally: Tally, spool: Spool, log: (line: string) => void): void => {
  const words = tally.report()
  if (words) log(`${words}; ${spool.size} wait for AWS`)
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error)
