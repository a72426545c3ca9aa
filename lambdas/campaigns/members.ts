import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { deviceIdPattern } from '../../protocols/huawei-ota/topics.ts'
import { eachOf } from '../runtime/each-of.ts'
import type { Table } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { attemptKey, deviceKey, memberKey, shardsOfCampaign } from '../table/keys.ts'
import {
  BadCursor,
  defaultLimit,
  type Key,
  type Page,
  type PageRequest,
  readAll,
  readNamed,
} from '../table/pages.ts'
import { table as schema } from '../table/schema.ts'
import { closeAttempt } from '../upgrades/attempts.ts'
import { readDevice } from '../upgrades/devices.ts'
import type { KnownAttempt } from '../upgrades/reader.ts'
import { upgradeStatus } from '../upgrades/state.ts'
import { upgradeStore } from '../upgrades/store.ts'

/** The devices of a campaign: lists them, and closes their pending attempts. `join.ts` adds them. */

export const Member = z.object({ deviceId: z.string(), attemptId: z.string() })
export type Member = z.infer<typeof Member>

/** Rows of a page: as many devices as the table reads in one request. */
const rowsAtOnce = 100

const readMembers = async (
  table: Table,
  campaignId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<{ members: Member[]; next: string | undefined }> => {
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :devices)',
      ExpressionAttributeValues: {
        ':pk': memberKey(campaignId, '').pk,
        ':devices': memberKey(campaignId, '').sk,
      },
      ConsistentRead: true,
      Limit: limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: memberKey(campaignId, after) }),
    }),
  )
  const members = Items.map((item) => Member.parse(item))
  return { members, next: LastEvaluatedKey ? members.at(-1)?.deviceId : undefined }
}

/** The attempts of these devices in the campaign, current or archived; undefined: expired. */
export const readAttempts = async (
  table: Table,
  members: readonly Member[],
): Promise<(KnownAttempt | undefined)[]> => {
  const newest = await readAll(
    table,
    members.map(({ deviceId }) => deviceKey(deviceId)),
    true,
  )
  const asNewest = newest.map((item, n) => knownAttempt(item, members[n]?.attemptId))
  const earlier = members.filter((_, n) => !asNewest[n])
  // An attempt that was archived a moment ago may not be in all replicas yet.
  const moved = await readNamed(
    table,
    earlier.map(({ deviceId, attemptId }) => attemptKey(deviceId, attemptId)),
  )
  const byDevice = new Map(
    earlier.map(({ deviceId, attemptId }, n) => [deviceId, knownAttempt(moved[n], attemptId)]),
  )
  return members.map(({ deviceId }, n) => asNewest[n] ?? byDevice.get(deviceId))
}

/** The attempt in an item, if it has this id. */
const knownAttempt = (item: unknown, id?: string): KnownAttempt | undefined => {
  const of = item === undefined ? undefined : readDevice(item)
  const isMatch = of?.attempt && (id === undefined || of.attempt.id === id)
  return isMatch && of?.attempt ? { of, attempt: of.attempt } : undefined
}

/** Devices that one request reads to fill its page: some seconds' work, of the 20 that a function has. */
const maxRead = 1_000

/** A campaign and the number of its phases. */
type CampaignRef = { campaignId: string; phases: number | undefined }

type Look = { fleets: Fleets; now: number }

/**
 * Devices of a campaign: by id, or those in a state. If many are in other fleets, a page may be short or
 * empty and still have a `next`. The state comes from the index; devices that have changed since are left
 * out.
 */
export const listMembers = async (
  table: Table,
  { campaignId, phases }: CampaignRef,
  { state, limit = defaultLimit, cursor }: PageRequest & { state?: string | undefined },
  { fleets, now }: Look,
): Promise<Page<KnownAttempt>> => {
  if (state !== undefined)
    return listInState(table, shardsOfCampaign(campaignId, phases), { state, limit, cursor }, { fleets, now })
  if (cursor !== undefined && !deviceIdPattern.test(cursor)) throw new BadCursor()
  const items: KnownAttempt[] = []
  let after = cursor
  for (let read = 0; read < maxRead; ) {
    const { members, next } = await readMembers(table, campaignId, { after, limit: rowsAtOnce })
    for (const [n, known] of (await readAttempts(table, members)).entries()) {
      if (!known || !includes(fleets, known.of.fleet)) continue
      items.push(known)
      const deviceId = members[n]?.deviceId
      if (items.length === limit)
        return { items, next: n === members.length - 1 && next === undefined ? undefined : deviceId }
    }
    if (next === undefined) return { items }
    after = next
    read += members.length
  }
  return { items, next: after }
}

/**
 * A place in the index: the shard, and the entry after which a page continues; without an entry, the shard's
 * beginning.
 */
const Place = z.tuple([
  z.int().check(z.gte(0)),
  z.optional(
    z.tuple([
      z.string().check(z.regex(/^DEVICE#[A-Za-z0-9_-]{1,128}$/)),
      z.string().check(z.regex(/^(DEVICE|ATTEMPT#[0-9a-f-]{36})$/)),
    ]),
  ),
])
type Place = z.infer<typeof Place>

const readPlace = (cursor: string | undefined, shards: readonly string[]): Place => {
  if (cursor === undefined) return [0]
  try {
    const place = Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    if (place[0] < shards.length) return place
  } catch {}
  throw new BadCursor()
}

const listInState = async (
  table: Table,
  shards: readonly string[],
  { state, limit, cursor }: ListedState,
  { fleets, now }: Look,
): Promise<Page<KnownAttempt>> => {
  const items: KnownAttempt[] = []
  let place: Place | undefined = readPlace(cursor, shards)
  for (let read = 0; place && items.length < limit && read < maxRead; ) {
    const missing = Math.min(limit - items.length, rowsAtOnce)
    const page = await readEntries(table, shards, { state, place, limit: missing })
    for (const item of await readNamed(table, page.keys)) {
      const known = item && knownAttempt(item)
      if (!known || !includes(fleets, known.of.fleet)) continue
      if (upgradeStatus(known.attempt, known.of.registers, now).state === state) items.push(known)
    }
    // An empty shard costs a query too.
    read += Math.max(page.keys.length, 25)
    place = page.next
  }
  const next = place && Buffer.from(JSON.stringify(place)).toString('base64url')
  return { items, next }
}
type ListedState = { state: string; limit: number; cursor: string | undefined }

/** Keys of a campaign's devices that the index has in a state, from a place on, and where to continue. */
const readEntries = async (
  table: Table,
  shards: readonly string[],
  { state, place: [shard, behind], limit }: { state: string; place: Place; limit: number },
): Promise<{ keys: Key[]; next: Place | undefined }> => {
  const { name, partitionKey, sortKey } = schema.indexes.byCampaign
  const countedIn = shards[shard]
  if (countedIn === undefined) return { keys: [], next: undefined }
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      IndexName: name,
      KeyConditionExpression: '#shard = :shard AND #state = :state',
      ExpressionAttributeNames: { '#shard': partitionKey.name, '#state': sortKey.name },
      ExpressionAttributeValues: { ':shard': countedIn, ':state': state },
      Limit: limit,
      ...(behind ? { ExclusiveStartKey: { countedIn, state, pk: behind[0], sk: behind[1] } } : {}),
    }),
  )
  const keys = Items.map((item) => KeyOf.parse(item))
  const last = LastEvaluatedKey && KeyOf.parse(LastEvaluatedKey)
  const nextShard: Place | undefined = shard + 1 < shards.length ? [shard + 1] : undefined
  return { keys, next: last ? [shard, [last.pk, last.sk]] : nextShard }
}

const KeyOf = z.object({ pk: z.string(), sk: z.string() })

/** Devices whose attempts are closed in parallel. */
const closedAtOnce = 10

/**
 * Closes the pending attempts of a campaign until `until`, epoch ms. Each run begins with another shard, so
 * that none waits for the others. Idempotent: the close is conditional on what was read, so an attempt that
 * the device has begun goes on.
 */
export const closePending = async (
  table: Table,
  { campaignId, phases }: CampaignRef,
  { by, now, until }: { by: string; now: () => number; until: number },
): Promise<void> => {
  const shards = shardsOfCampaign(campaignId, phases)
  const first = Math.floor(now() / 60_000) % shards.length
  for (const [n] of shards.entries()) {
    const shard = (first + n) % shards.length
    let place: Place | undefined = [shard]
    while (place?.[0] === shard && now() < until) {
      const page = await readEntries(table, shards, { state: 'pending', place, limit: rowsAtOnce })
      const deviceIds = page.keys.map(({ pk }) => pk.slice(deviceKey('').pk.length))
      await eachOf(deviceIds, closedAtOnce, (deviceId) =>
        closeIfPending(table, campaignId, deviceId, by, now),
      )
      place = page.next
    }
  }
}

/** The index may be stale: the device's own item decides, and `review` corrects the index. */
const closeIfPending = async (
  table: Table,
  campaignId: string,
  deviceId: string,
  by: string,
  now: () => number,
): Promise<void> => {
  for (;;) {
    const found = await upgradeStore(table, now).review(deviceId)
    const { attempt, registers, rev } = found ?? {}
    if (!attempt || !registers || attempt.campaignId !== campaignId) return
    if (upgradeStatus(attempt, registers, now()).state !== 'pending') return
    await closeAttempt(table, deviceId, attempt.id, by, now(), rev)
  }
}
