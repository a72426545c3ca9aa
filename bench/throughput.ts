import { setTimeout } from 'node:timers/promises'
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import mqtt, { type MqttClient } from 'mqtt'
import * as z from 'zod'
import { createBroker } from '../local/iot/broker.ts'
import { start } from '../local/start.ts'
import { startDynamoDb } from '../test/local/dynamodb/start.ts'
import { progressPayload } from '../test/support/dock-messages.ts'
import { tableOn, tableProperties } from '../test/support/table.ts'
import { percentile, printTable } from './table.ts'

/**
 * Reports a second from the broker to the table, through the whole local runtime (rule, queue, function, table), beside the same
 * broker and table with nothing between them but one write a report: the ceiling of this machine.
 */
export const throughputTables = async (): Promise<{ text: string; writeUnitsPerReport: number }> => {
  const rows: string[][] = []
  let writeUnitsPerReport = 1
  for (const docks of [1, 100]) {
    const reports = 3_000
    const floor = await driveFloor(docks, reports)
    const ours = await driveStack(docks, reports)
    if (docks === 100) writeUnitsPerReport = ours.writeUnits / reports
    rows.push([
      String(docks),
      (reports / ours.seconds).toFixed(0),
      (reports / floor).toFixed(0),
      (floor / ours.seconds).toFixed(2),
      (ours.writeUnits / reports).toFixed(2),
      (ours.readUnits / reports).toFixed(2),
    ])
  }
  const latency = await measureLatency()
  const text = [
    printTable(
      ['docks', 'reports/s', 'broker and table alone', 'ratio', 'write units a report', 'read units'],
      rows,
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
  return { text, writeUnitsPerReport }
}

const serial = (n: number): string => `7CTDB${String(n).padStart(9, '0')}`

const connect = async (url: string): Promise<MqttClient> => mqtt.connectAsync(url, { reconnectPeriod: 0 })

/** Publishes all reports with so many under way at once, the docks in turn. */
const publishAll = async (
  client: MqttClient,
  messages: readonly { topic: string; payload: string }[],
): Promise<void> => {
  let next = 0
  const worker = async () => {
    for (let message = messages[next++]; message; message = messages[next++])
      await client.publishAsync(message.topic, message.payload, { qos: 1 })
  }
  await Promise.all(Array.from({ length: 50 }, worker))
}

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

const driveFloor = async (docks: number, reports: number): Promise<number> => {
  const database = await startDynamoDb({ tables: [tableProperties()] })
  const { client: table, name } = tableOn(database.endpoint)
  const broker = await createBroker({ host: '127.0.0.1', port: 0 })
  broker.onPublish(async ({ topic, payload }) => writeOne(table, name, topic, payload))
  const client = await connect(broker.url)
  const messages = Array.from({ length: reports }, (_, n) => ({
    topic: `thing/product/${serial(n % docks)}/events`,
    payload: report('key', 'bid', Math.floor(n / docks)),
  }))
  const began = performance.now()
  await publishAll(client, messages)
  const seconds = (performance.now() - began) / 1000
  await client.endAsync()
  await broker.close()
  await database.stop()
  return seconds
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

const driveStack = async (docks: number, reports: number) => {
  const used = { write: 0, read: 0 }
  const stack = await start({
    meter: ({ kind, units }) => {
      used[kind] += units
    },
  })
  const client = await connect(stack.mqttUrl)
  const uploads: Opened[] = []
  for (let n = 0; n < docks; n++) uploads.push(await openUpload(stack.url, client, serial(n)))
  await stack.idle()
  const messages = Array.from({ length: reports }, (_, n) => {
    const upload = uploads[n % docks]
    const topic = `thing/product/${upload?.dockSn}/events`
    return { topic, payload: report(upload?.objectKey ?? '', upload?.id ?? '', Math.floor(n / docks)) }
  })
  Object.assign(used, { write: 0, read: 0 })
  const began = performance.now()
  await publishAll(client, messages)
  await stack.idle()
  const seconds = (performance.now() - began) / 1000
  await client.endAsync()
  await stack.stop()
  return { seconds, writeUnits: used.write, readUnits: used.read }
}

type Opened = { dockSn: string; id: string; objectKey: string }

const Command = z.object({ tid: z.string(), bid: z.string(), method: z.string() })
const Created = z.object({ id: z.string() })
const Logs = z.object({ modules: z.array(z.unknown()) })
const Upload = z.object({ archives: z.tuple([z.object({ objectKey: z.string(), percent: z.number() })]) })

const read = async <Shape extends z.ZodType>(shape: Shape, url: string): Promise<z.infer<Shape>> =>
  shape.parse(await (await fetch(url)).json())

const send = async (method: 'PUT' | 'POST', url: string, body: object): Promise<unknown> => {
  const response = await fetch(url, { method, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** Opens an upload by hand: the dock's part is played here. */
const openUpload = async (apiUrl: string, client: MqttClient, dockSn: string): Promise<Opened> => {
  const topic = `thing/product/${dockSn}`
  const dock = `${apiUrl}/v1/docks/${dockSn}`
  const answer = async (path: string, body: object, data: object) => {
    await client.subscribeAsync(`${topic}/services`, { qos: 1 })
    const command = new Promise<Buffer>((resolve) => client.once('message', (_, payload) => resolve(payload)))
    const { id } = Created.parse(await send('POST', `${dock}/${path}`, body))
    const { tid, bid, method } = Command.parse(JSON.parse((await command).toString()))
    await client.publishAsync(`${topic}/services_reply`, JSON.stringify({ tid, bid, method, data }), {
      qos: 1,
    })
    await client.unsubscribeAsync(`${topic}/services`)
    return id
  }
  const logs = [{ boot_index: 1, start_time: 1_700_000_000, end_time: 1_700_000_100, size: 50_000_000 }]
  await send('PUT', dock, {})
  const files = [{ module: '3', result: 0, device_sn: dockSn, list: logs }]
  await answer('log-listings', { modules: ['dock'] }, { result: 0, files })
  while ((await read(Logs, `${dock}/logs`)).modules.length === 0) await setTimeout(20)
  const selections = [{ module: 'dock', bootIndexes: [1] }]
  const id = await answer('log-uploads', { selections }, { result: 0 })
  const { archives } = await read(Upload, `${dock}/log-uploads/${id}`)
  return { dockSn, id, objectKey: archives[0].objectKey }
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
    while ((await read(Upload, path)).archives[0].percent !== percent) await setTimeout(20)
    latencies.push(performance.now() - began)
  }
  await client.endAsync()
  await stack.stop()
  return latencies
}
