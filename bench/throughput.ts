import { setTimeout } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import { start } from '../local/start.ts'
import { progressPayload } from '../test/support/dock-messages.ts'
import { eachOf } from './each-of.ts'
import { watchHeaps } from './heaps.ts'
import { type Opened, openUpload, readUpload } from './open-upload.ts'
import { unitsOf } from './spent.ts'
import { percentile, printTable } from './table.ts'
import { type Cost, timed } from './timed.ts'
import { unthrottled } from './unthrottled.ts'

const reports = 3_000
/** Sent before the measured ones, so that threads are started and code is compiled. */
const warmUp = 3_000
const quarters = 4

type Driven = Cost & { writeUnits: number; readUnits: number; lost: number; heaps: string; growth: number }

export type Throughput = { text: string; lost: number; growth: number }

/**
 * Reports from the broker to the table, through the whole local runtime: rule, queue, function, table. The
 * rate per second is this machine's; that none is lost, and that nothing grows, is ours. `lost` and `growth`
 * are of the largest fleet.
 */
export const throughputTables = async (
  fleets: readonly number[],
  say: (text: string) => void,
): Promise<Throughput> => {
  const rows: string[][] = []
  let largest: Driven | undefined
  for (const docks of fleets) {
    say(`  ${docks} docks`)
    const ours = await driveStack(docks)
    largest = ours
    const each = (seconds: number): string => ((seconds / reports) * 1e6).toFixed(0)
    rows.push([
      docks.toLocaleString('en-US'),
      (reports / ours.seconds).toFixed(0),
      each(ours.mainSeconds),
      each(ours.cpuSeconds - ours.mainSeconds),
      (ours.writeUnits / reports).toFixed(2),
      (ours.readUnits / reports).toFixed(2),
      String(ours.lost),
    ])
  }
  const latency = await measureLatency()
  const head = ['docks', 'reports/s', 'CPU time a report, µs: main thread', 'functions and table']
  const text = [
    printTable(
      [...head, 'write units a report', 'read units', 'docks that are not at their last report'],
      rows,
    ),
    largest?.heaps ?? '',
    printTable(
      ['From publish to visible in GET, one dock, a percentage', 'ms'],
      [
        ['p50', percentile(latency, 50).toFixed(0)],
        ['p99', percentile(latency, 99).toFixed(0)],
        ['of which the batch window', 'up to 1000'],
      ],
    ),
  ].join('\n\n')
  return { text, lost: largest?.lost ?? Number.NaN, growth: largest?.growth ?? Number.NaN }
}

const serial = (n: number): string => `7CTDB${String(n).padStart(9, '0')}`

const connect = async (url: string): Promise<MqttClient> => mqtt.connectAsync(url, { reconnectPeriod: 0 })

/** Publishes all reports with limited concurrency, the docks in turn. */
const publishAll = (
  client: MqttClient,
  messages: readonly { topic: string; payload: string }[],
): Promise<void> =>
  eachOf(messages, 50, ({ topic, payload }) => client.publishAsync(topic, payload, { qos: 1 }))

const report = (keyOf: string, bid: string, percent: number): string =>
  JSON.stringify(
    progressPayload(bid, [
      {
        module: '3',
        key: keyOf,
        size: 50_000_000,
        progress: {
          status: 'file_uploading',
          current_step: 1 + Math.floor(percent / 100),
          progress: percent % 100,
        },
      },
    ]),
  )

/** Each percentage is higher than the one before, so the last report of a dock is the visible one. */
const driveStack = async (docks: number): Promise<Driven> => {
  const used = { write: 0, read: 0 }
  const heaps = watchHeaps()
  const stack = await start({
    alter: unthrottled,
    meter: (usage) => {
      used[usage.kind] += unitsOf(usage)
    },
  })
  const client = await connect(stack.mqttUrl)
  const uploads: Opened[] = []
  await eachOf([...Array(docks).keys()], 10, async (n) => {
    uploads[n] = await openUpload(stack.url, client, serial(n))
  })
  await stack.idle()
  const messages = Array.from({ length: warmUp + reports }, (_, n) => {
    const upload = uploads[n % docks]
    const topic = `thing/product/${upload?.dockSn}/events`
    return { topic, payload: report(upload?.objectKey ?? '', upload?.id ?? '', Math.floor(n / docks)) }
  })
  await publishAll(client, messages.slice(0, warmUp))
  await stack.idle()
  Object.assign(used, { write: 0, read: 0 })
  const cost = { seconds: 0, cpuSeconds: 0, mainSeconds: 0 }
  for (let from = warmUp; from < messages.length; from += reports / quarters) {
    const took = await timed(async () => {
      await publishAll(client, messages.slice(from, from + reports / quarters))
      await stack.idle()
    })
    for (const name of ['seconds', 'cpuSeconds', 'mainSeconds'] as const) cost[name] += took[name]
    await heaps.sample()
  }
  const units = { writeUnits: used.write, readUnits: used.read }
  const late = await behind(stack.url, uploads, Math.floor((messages.length - 1) / docks))
  const lost = late + stack.deadLetters().length
  await client.endAsync()
  await stack.stop()
  const text = heaps.table(['after 1/4', 'after 1/2', 'after 3/4', 'at the end'])
  return { ...cost, ...units, lost, heaps: text, growth: heaps.growth() }
}

/** The number of docks whose upload does not show their last report. */
const behind = async (url: string, uploads: readonly Opened[], last: number): Promise<number> => {
  let count = 0
  await eachOf(uploads, 10, async ({ dockSn, id }) => {
    const { archives } = await readUpload(`${url}/v1/docks/${dockSn}/log-uploads/${id}`)
    if (archives[0].percent !== last % 100) count += 1
  })
  return count
}

const measureLatency = async (): Promise<number[]> => {
  const stack = await start()
  const client = await connect(stack.mqttUrl)
  const { dockSn, id, objectKey } = await openUpload(stack.url, client, serial(0))
  const path = `${stack.url}/v1/docks/${dockSn}/log-uploads/${id}`
  const latencies: number[] = []
  for (let percent = 1; percent <= 30; percent++) {
    const began = performance.now()
    await client.publishAsync(`thing/product/${dockSn}/events`, report(objectKey, id, percent), { qos: 1 })
    // The API accepts a limited number of requests a second.
    while ((await readUpload(path)).archives[0].percent !== percent) await setTimeout(20)
    latencies.push(performance.now() - began)
  }
  await client.endAsync()
  await stack.stop()
  return latencies
}
