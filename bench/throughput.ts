import { setTimeout } from 'node:timers/promises'
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import mqtt, { type MqttClient } from 'mqtt'
import { createBroker } from '../local/iot/broker.ts'
import { start } from '../local/start.ts'
import { startDynamoDb } from '../test/local/dynamodb/start.ts'
import { progressPayload } from '../test/support/dock-messages.ts'
import { tableOn, tableProperties } from '../test/support/table.ts'
import { eachOf } from './each-of.ts'
import { type Opened, openUpload, readUpload } from './open-upload.ts'
import { unitsOf } from './spent.ts'
import { percentile, printTable } from './table.ts'
import { type Cost, timed } from './timed.ts'
import { unthrottled } from './unthrottled.ts'

const reports = 3_000
/** Sent before those that are measured, so that threads are started and code is compiled. */
const warmUp = 3_000

/**
 * Reports a second from the broker to the table, through the whole local runtime (rule, queue, function,
 * table), beside the same broker and table with nothing between them but one write a report: the ceiling of
 * this machine. The ratio by CPU time says the same of a machine that does other work besides, which slows
 * several threads more than one.
 */
export const throughputTables = async (
  fleets: readonly number[],
  say: (text: string) => void,
): Promise<{ text: string; ratios: { docks: number; byTime: number; byCpu: number }[] }> => {
  const rows: string[][] = []
  const cpuRows: string[][] = []
  const ratios = []
  for (const docks of fleets) {
    say(`  ${docks} docks`)
    const floor = await driveFloor(docks)
    const ours = await driveStack(docks)
    const [byTime, byCpu] = [floor.seconds / ours.seconds, floor.cpuSeconds / ours.cpuSeconds]
    ratios.push({ docks, byTime, byCpu })
    const each = (seconds: number): string => ((seconds / reports) * 1e6).toFixed(0)
    const others = each(ours.cpuSeconds - ours.mainSeconds)
    cpuRows.push([String(docks), each(floor.cpuSeconds), each(ours.mainSeconds), others])
    rows.push([
      String(docks),
      (reports / ours.seconds).toFixed(0),
      (reports / floor.seconds).toFixed(0),
      byTime.toFixed(2),
      byCpu.toFixed(2),
      (ours.writeUnits / reports).toFixed(2),
      (ours.readUnits / reports).toFixed(2),
    ])
  }
  const latency = await measureLatency()
  const text = [
    printTable(
      [
        'docks',
        'reports/s',
        'broker and table alone',
        'ratio',
        'ratio by CPU time',
        'write units a report',
        'read units',
      ],
      rows,
    ),
    printTable(
      ['docks', 'CPU time a report, µs: alone', 'ours, main thread', 'ours, functions and table'],
      cpuRows,
    ),
    printTable(
      ['From publish to visible in GET, one dock', 'ms'],
      [
        ['p50', percentile(latency, 50).toFixed(0)],
        ['p99', percentile(latency, 99).toFixed(0)],
        ['of which the batch window', 'up to 1000'],
      ],
    ),
  ].join('\n\n')
  return { text, ratios }
}

const serial = (n: number): string => `7CTDB${String(n).padStart(9, '0')}`

const connect = async (url: string): Promise<MqttClient> => mqtt.connectAsync(url, { reconnectPeriod: 0 })

/** Publishes all reports with so many under way at once, the docks in turn. */
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

const driveFloor = async (docks: number): Promise<Cost> => {
  // Measured like the other, since that takes a read of the item.
  const database = await startDynamoDb({ tables: [tableProperties()], meter: () => {}, hasRates: false })
  const { client: table, name } = tableOn(database.endpoint)
  const broker = await createBroker({ host: '127.0.0.1', port: 0 })
  broker.onPublish(async ({ topic, payload }) => writeOne(table, name, topic, payload))
  const client = await connect(broker.url)
  const messages = Array.from({ length: warmUp + reports }, (_, n) => ({
    topic: `thing/product/${serial(n % docks)}/events`,
    payload: report('key', 'bid', Math.floor(n / docks)),
  }))
  await publishAll(client, messages.slice(0, warmUp))
  const cost = await timed(() => publishAll(client, messages.slice(warmUp)))
  await client.endAsync()
  await broker.close()
  await database.stop()
  return cost
}

const writeOne = async (
  table: DynamoDBDocumentClient,
  name: string,
  topic: string,
  payload: Uint8Array,
): Promise<void> => {
  const { data } = JSON.parse(Buffer.from(payload).toString())
  await table.send(
    new UpdateCommand({
      TableName: name,
      Key: { pk: topic, sk: 'floor' },
      UpdateExpression: 'SET #data = :data',
      ExpressionAttributeNames: { '#data': 'data' },
      ExpressionAttributeValues: { ':data': data },
    }),
  )
}

const driveStack = async (docks: number) => {
  const used = { write: 0, read: 0 }
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
  const cost = await timed(async () => {
    await publishAll(client, messages.slice(warmUp))
    await stack.idle()
  })
  await client.endAsync()
  await stack.stop()
  return { ...cost, writeUnits: used.write, readUnits: used.read }
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
    // The API takes a limited number of requests a second.
    while ((await readUpload(path)).archives[0].percent !== percent) await setTimeout(20)
    latencies.push(performance.now() - began)
  }
  await client.endAsync()
  await stack.stop()
  return latencies
}
