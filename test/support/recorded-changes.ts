import assert from 'node:assert/strict'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import * as z from 'zod'
import type { Event } from '../../lambdas/events/change-events.ts'
import { publishChanges } from '../../lambdas/events/publish-changes.ts'
import { changeSources } from '../../lambdas/events/sources.ts'
import type { Table } from '../../lambdas/table/client.ts'
import { readAll } from '../../lambdas/table/pages.ts'

/** A table whose changes are recorded as its stream would have them, one write after the other. */

type Command = Parameters<Table['client']['send']>[0]
type Item = Record<string, unknown>

const Key = z.object({ pk: z.string(), sk: z.string() })
const Written = z.union([
  z.object({ Key }).transform((of) => of.Key),
  z.object({ Item: Key }).transform((of) => of.Item),
])
const Together = z.object({
  TransactItems: z.array(z.record(z.string(), z.unknown())),
})

/** The keys of what a command may change. */
const keysOf = ({ constructor: { name }, input }: Command): z.infer<typeof Key>[] => {
  if (/^(Put|Update|Delete)Command$/.test(name)) return [Written.parse(input)]
  if (name !== 'TransactWriteCommand') return []
  return Together.parse(input).TransactItems.flatMap(({ ConditionCheck, ...part }) =>
    Object.values(part).map((one) => Written.parse(one)),
  )
}

export type StreamRecord = {
  dynamodb: {
    Keys: object
    OldImage?: object
    NewImage?: object
    SequenceNumber: string
    ApproximateCreationDateTime: number
  }
}

export type Recorded = { key: z.infer<typeof Key>; before: Item | undefined; after: Item | undefined }

/** `now`: the time of the writes, which the stream tells in whole seconds. */
export const recordedChanges = (table: Table, now: () => number) => {
  const changes: Recorded[] = []
  const records: StreamRecord[] = []
  let sequence = 0
  let last: Promise<unknown> = Promise.resolve()

  const read = async (Key: object): Promise<Item | undefined> =>
    (await table.client.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true }))).Item

  const recording = async (command: Command) => {
    const keys = keysOf(command)
    if (keys.length === 0) return table.client.send(command)
    const before = await Promise.all(keys.map(read))
    try {
      return await table.client.send(command)
    } finally {
      const after = await Promise.all(keys.map(read))
      for (const [n, key] of keys.entries()) keep(key, before[n], after[n])
    }
  }
  const keep = ({ pk, sk }: z.infer<typeof Key>, before: Item | undefined, after: Item | undefined) => {
    if (JSON.stringify(sorted(before)) === JSON.stringify(sorted(after))) return
    changes.push({ key: { pk, sk }, before, after })
    sequence += 1
    records.push({
      dynamodb: {
        Keys: marshall({ pk, sk }),
        ...(before ? { OldImage: marshall(before) } : {}),
        ...(after ? { NewImage: marshall(after) } : {}),
        SequenceNumber: `${100_000 + sequence}`,
        ApproximateCreationDateTime: Math.floor(now() / 1000),
      },
    })
  }
  const send = (command: Command) => {
    const done = last.then(() => recording(command))
    last = done.catch(() => {})
    return done
  }
  const client = new Proxy(table.client, {
    get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
  })
  return { table: { ...table, client }, changes, records }
}

const sorted = (item: Item | undefined) =>
  item && Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1))

export const PublishedEvent = z.object({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  fleet: z.string().optional(),
  data: z.object({
    record: z.looseObject({}),
    previous: z.object({ state: z.string().optional() }).optional(),
  }),
})
export type PublishedEvent = z.infer<typeof PublishedEvent>

/**
 * The events of records, with retries as Lambda makes them: from the first record that failed. `takes`:
 * whether the bus accepts an event, which it must eventually.
 */
export const publishedEvents = async (
  table: Table,
  records: readonly StreamRecord[],
  takes: (event: Event) => boolean = () => true,
): Promise<PublishedEvent[]> => {
  const published: PublishedEvent[] = []
  const publish = publishChanges({
    sources: changeSources,
    source: '/groundcrew/Groundcrew',
    read: (keys) => readAll(table, keys, true),
    put: async (events) => {
      const retryable = new Set<number>()
      for (const [n, event] of events.entries())
        if (takes(event)) published.push(PublishedEvent.parse(JSON.parse(event.detail)))
        else retryable.add(n)
      return { retryable, unacceptable: new Set() }
    },
    putAside: async (record) => assert.fail(JSON.stringify(record)),
  })
  for (let from = 0; from < records.length; ) {
    const [failed] = await publish(records.slice(from))
    if (failed === undefined) break
    from = records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failed)
  }
  return published
}

/** Removes repeated events. @throws if a repeat differs from the first */
export const once = (published: readonly PublishedEvent[]): PublishedEvent[] => {
  const byId = Map.groupBy(published, ({ id }) => id)
  return [...byId.values()].map(([first, ...others]) => {
    for (const other of others) assert.deepEqual(other, first)
    return first ?? assert.fail()
  })
}

/** `upload.verified after uploaded` */
export const inShort = ({ type, data }: PublishedEvent): string =>
  [
    type.split('.').slice(1, 3).join('.'),
    ...(data.previous?.state ? [`after ${data.previous.state}`] : []),
  ].join(' ')
