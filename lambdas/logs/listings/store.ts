import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { modules as allModules, type Reply } from '../../../protocols/dji-remote-log/facts.ts'
import { type Idempotency, idempotencyItem, type Repeated, readRepeated } from '../../http/idempotency.ts'
import type { Receipt } from '../../queue/receipt.ts'
import { type Dock, keepHeard } from '../../registry/store.ts'
import { expiry, type Table, unlessRefused, writeTogether } from '../../table/client.ts'
import { listingKey, logsKey } from '../../table/keys.ts'
import { readAll } from '../../table/pages.ts'
import { commandItem } from '../commands.ts'
import { earliest } from '../registers.ts'

/**
 * Requests for listings, pk `DOCK#{dockSn}`, sk `LISTING#{id}`, and the newest listing of each module, sk
 * `LOGS#{module}`. Times are epoch ms.
 */

const Log = z.object({
  bootIndex: z.number(),
  startTime: z.number(),
  endTime: z.number(),
  sizeBytes: z.number(),
})
const Module = z.enum(['aircraft', 'dock'])
const Listed = z.object({
  module: Module,
  deviceSn: z.optional(z.string()),
  result: z.number(),
  logs: z.array(Log),
})
const Answer = z.object({
  order: z.string(),
  at: z.number(),
  result: z.number(),
  refused: z.optional(z.boolean()),
  modules: z.array(Listed),
})

const Listing = z.object({
  id: z.string(),
  dockSn: z.string(),
  modules: z.array(Module),
  createdAt: z.number(),
  deadlineAt: z.number(),
  requestedBy: z.string(),
  notSent: z.optional(z.boolean()),
  answer: z.optional(Answer),
})
export type Listing = z.infer<typeof Listing>
export const readListing = (item: unknown): Listing => Listing.parse(item)

const ModuleLogs = z.object({
  module: Module,
  deviceSn: z.optional(z.string()),
  listedAt: z.number(),
  listingId: z.string(),
  logs: z.array(Log),
})
export type ModuleLogs = z.infer<typeof ModuleLogs>
export type Log = z.infer<typeof Log>

export type NewListing = Omit<Listing, 'notSent' | 'answer' | 'dockSn'>

export const listingStore = (table: Table) => ({
  /**
   * Writes the request, its command and the caller's idempotency key in one transaction. The listing's id is
   * also the command's.
   */
  open: async (
    dock: Dock,
    listing: NewListing,
    idempotency: Idempotency | undefined,
  ): Promise<Repeated | 'opened'> => {
    const expiresAt = expiry(listing.createdAt, table.retention.commands)
    const { dockSn } = dock
    const put = (item: object) => ({ Put: { TableName: table.name, Item: { ...item, expiresAt } } })
    const refused = await writeTogether(table, {
      listing: put({ ...listingKey(dockSn, listing.id), ...listing, dockSn }),
      command: put(commandItem(dockSn, { id: listing.id, kind: 'list', subject: listing.id })),
      key: idempotency && idempotencyItem(table, idempotency, listing.id, listing.createdAt),
    })
    if (idempotency && refused?.key) return readRepeated(refused.key.item, idempotency)
    return 'opened'
  },

  get: (dockSn: string, id: string): Promise<Listing | undefined> => get(table, dockSn, id),

  /** The newest request, in whatever state. Costs the read units of all its logs. */
  newest: async (dockSn: string): Promise<Listing | undefined> => {
    const { pk, sk } = listingKey(dockSn, '')
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
        ScanIndexForward: false,
        Limit: 1,
        ConsistentRead: true,
      }),
    )
    return Items[0] && Listing.parse(Items[0])
  },

  /** Records that the command could not be sent. */
  notSent: async (dockSn: string, id: string): Promise<void> => {
    await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: listingKey(dockSn, id),
        UpdateExpression: 'SET notSent = :yes',
        ExpressionAttributeValues: { ':yes': true },
      }),
    )
  },

  /**
   * Records the dock's answer; the earliest of several counts. A module's logs become its newest listing
   * unless a newer request has brought others. They are written before the listing is marked as received, so
   * that readers who see the mark find them. Safe to repeat: each write has its own condition. False: no such
   * listing.
   */
  answer: async (dockSn: string, id: string, reply: Reply, receipt: Receipt): Promise<boolean> => {
    if (!(await get(table, dockSn, id))) return false
    const at = receipt.receivedAt
    const listed = reply.modules.filter(({ result }) => result === 0)
    await Promise.all([
      keepHeard(table, dockSn, at),
      ...listed.map((module) => keepNewest(table, { id, dockSn, at }, module)),
    ])
    const order = earliest(at, receipt.receiptId)
    const { result, refused, modules } = reply
    const answer = { order, at, result, refused, modules }
    await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: listingKey(dockSn, id),
          UpdateExpression: 'SET answer = :answer',
          ConditionExpression:
            'attribute_exists(pk) AND (attribute_not_exists(answer) OR answer.#order < :order)',
          ExpressionAttributeNames: { '#order': 'order' },
          ExpressionAttributeValues: { ':answer': answer, ':order': order },
        }),
      ),
    )
    return true
  },

  /** The newest successful listing of each module. */
  logs: async (dockSn: string): Promise<ModuleLogs[]> => {
    const items = await readAll(
      table,
      allModules.map((module) => logsKey(dockSn, module)),
      true,
    )
    return items.flatMap((item) => (item ? [ModuleLogs.parse(item)] : []))
  },
})

const get = async (table: Table, dockSn: string, id: string): Promise<Listing | undefined> => {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: listingKey(dockSn, id), ConsistentRead: true }),
  )
  return Item && Listing.parse(Item)
}

/**
 * Keeps a module's logs if they are newer. Ids grow with time, so a greater listing id is a newer request; of
 * two answers to the same request the earlier one counts.
 */
const keepNewest = async (
  table: Table,
  { id, dockSn, at }: { id: string; dockSn: string; at: number },
  { module, deviceSn, logs }: z.infer<typeof Listed>,
): Promise<void> => {
  await unlessRefused(
    table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: { ...logsKey(dockSn, module), module, deviceSn, logs, listingId: id, listedAt: at },
        ConditionExpression:
          'attribute_not_exists(pk) OR listingId < :id OR (listingId = :id AND listedAt > :at)',
        ExpressionAttributeValues: { ':id': id, ':at': at },
      }),
    ),
  )
}

/** The state of a listing at a given time. */
export const listingState = (
  { answer, notSent, deadlineAt }: Listing,
  now: number,
): 'requested' | 'received' | 'failed' | 'timedOut' => {
  if (answer) {
    const isAccepted = answer.result === 0 && !answer.refused
    return isAccepted || answer.modules.some(({ result }) => result === 0) ? 'received' : 'failed'
  }
  if (notSent) return 'failed'
  return now >= deadlineAt ? 'timedOut' : 'requested'
}
