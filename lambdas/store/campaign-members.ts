import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { closeAttempt } from './attempts.ts'
import { readDevice } from './devices.ts'
import type { Table } from './dynamodb.ts'
import { attemptKey, deviceKey, memberKey } from './keys.ts'
import { defaultLimit, type Fleets, includes, type Page, type PageRequest, readAll } from './pages.ts'
import { shardOf } from './tell-upgrade.ts'
import type { KnownAttempt } from './upgrade-reader.ts'
import { upgradeStatus } from './upgrade-state.ts'
import { upgradeStore } from './upgrades.ts'

/** The devices of a campaign: listing them, closing what they have not begun. `join-campaign.ts` lets them in. */

export const Member = z.object({ deviceId: z.string(), attemptId: z.string() })
export type Member = z.infer<typeof Member>

/** Rows of a page: so many devices the table reads in one request. */
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

/**
 * Does work for many devices, those of a shard of the counts one after the other: two at once would change the same item, and
 * DynamoDB cancels one of two such transactions.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 */
export const forEachDevice = async <Item extends { deviceId: string }>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const lanes = Map.groupBy(items, ({ deviceId }) => shardOf(deviceId))
  await Promise.all(
    [...lanes.values()].map(async (lane) => {
      for (const item of lane) await work(item)
    }),
  )
}

/** The attempts of these devices in the campaign, whether or not others have followed; undefined: no longer kept. */
const readAttempts = async (
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
  const moved = await readAll(
    table,
    earlier.map(({ deviceId, attemptId }) => attemptKey(deviceId, attemptId)),
  )
  const byDevice = new Map(
    earlier.map(({ deviceId, attemptId }, n) => [deviceId, knownAttempt(moved[n], attemptId)]),
  )
  return members.map(({ deviceId }, n) => asNewest[n] ?? byDevice.get(deviceId))
}

const knownAttempt = (item: unknown, id: string | undefined): KnownAttempt | undefined => {
  const of = item === undefined ? undefined : readDevice(item)
  return of?.attempt && of.attempt.id === id ? { of, attempt: of.attempt } : undefined
}

/** Devices that one request looks at to fill its page: some seconds' work, of the 20 that a function has. */
const mostLookedAt = 4_000

/**
 * Devices of a campaign by id, those in a state if one is named. Where few are in it a page may be short, or empty, and still
 * have a `next`.
 */
export const listMembers = async (
  table: Table,
  campaignId: string,
  { state, limit = defaultLimit, cursor }: PageRequest & { state?: string | undefined },
  { fleets, now }: { fleets: Fleets; now: number },
): Promise<Page<KnownAttempt>> => {
  const isWanted = ({ of, attempt }: KnownAttempt): boolean =>
    includes(fleets, of.fleet) &&
    (state === undefined || upgradeStatus(attempt, of.registers, now).state === state)
  const items: KnownAttempt[] = []
  let after = cursor
  for (let looked = 0; looked < mostLookedAt; ) {
    const { members, next } = await readMembers(table, campaignId, { after, limit: rowsAtOnce })
    for (const [n, known] of (await readAttempts(table, members)).entries()) {
      if (!known || !isWanted(known)) continue
      items.push(known)
      const deviceId = members[n]?.deviceId
      if (items.length === limit)
        return { items, next: n === members.length - 1 && next === undefined ? undefined : deviceId }
    }
    if (next === undefined) return { items }
    after = next
    looked += members.length
  }
  return { items, next: after }
}

/**
 * Closes the attempts of a page of devices that are still pending. Resolves to the device to go on after, undefined at the end.
 * Safe to repeat: an attempt is closed only as it was read, so one that the device has begun goes on.
 */
export const closePending = async (
  table: Table,
  campaignId: string,
  { after, by, now }: { after: string | undefined; by: string; now: () => number },
): Promise<string | undefined> => {
  const { members, next } = await readMembers(table, campaignId, { after, limit: rowsAtOnce })
  const known = await readAttempts(table, members)
  const pending = members.filter((_, n) => {
    const { of, attempt } = known[n] ?? {}
    if (!of || !attempt) return false
    // One that was closed and not told: an earlier run was cut off between the two.
    return of.told.state === 'pending' || upgradeStatus(attempt, of.registers, now()).state === 'pending'
  })
  await forEachDevice(pending, (member) => closeIfPending(table, member, by, now))
  return next
}

const closeIfPending = async (
  table: Table,
  { deviceId, attemptId }: Member,
  by: string,
  now: () => number,
): Promise<void> => {
  for (;;) {
    const found = await upgradeStore(table, now).review(deviceId)
    if (found?.device.attempt?.id !== attemptId) return
    const { attempt, registers, rev } = found.device
    if (upgradeStatus(attempt, registers, now()).state !== 'pending') return
    await closeAttempt(table, deviceId, attemptId, by, now(), rev)
  }
}
