import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { type Table, unlessRefused } from './dynamodb.ts'
import { countsKey } from './keys.ts'
import { countShards } from './tell-upgrade.ts'
import type { UpgradeState } from './upgrade-state.ts'

/**
 * How many devices of a campaign are in which state, report which version and failed for which reason. Each device counts in
 * one of sixteen items, `COUNTS#{nn}`, with attributes such as `state pending`, `version 1.2` or `reason lowBattery`;
 * `tell-upgrade.ts` keeps them up to date. Here they are added up.
 */
export type Counts = {
  states: Partial<Record<UpgradeState, number>>
  versions: Record<string, number>
  reasons: Record<string, number>
}

const Shard = z.record(z.string(), z.unknown())

const groups = { state: 'states', version: 'versions', reason: 'reasons' } as const
const isGroup = (word: string): word is keyof typeof groups => Object.hasOwn(groups, word)

/** The sum of the shards; what nobody is in is left out. */
export const addUp = (shards: readonly unknown[]): Counts => {
  const sums = { states: new Map(), versions: new Map(), reasons: new Map() } as const
  for (const shard of shards)
    for (const { group, value, devices } of countersIn(shard)) {
      const sum: Map<string, number> = sums[groups[group]]
      sum.set(value, (sum.get(value) ?? 0) + devices)
    }
  const present = (sum: Map<string, number>): Record<string, number> =>
    Object.fromEntries([...sum].filter(([, devices]) => devices !== 0))
  return {
    states: present(sums.states),
    versions: present(sums.versions),
    reasons: present(sums.reasons),
  }
}

type Counter = { name: string; group: keyof typeof groups; value: string; devices: number }

const countersIn = (shard: unknown): Counter[] =>
  Object.entries(Shard.parse(shard)).flatMap(([name, devices]) => {
    const space = name.indexOf(' ')
    const group = name.slice(0, Math.max(space, 0))
    return isGroup(group) && typeof devices === 'number'
      ? [{ name, group, value: name.slice(space + 1), devices }]
      : []
  })

export const readCounts = async (table: Table, campaignId: string): Promise<Counts> =>
  addUp(await readShards(table, campaignId))

const readShards = async (table: Table, campaignId: string): Promise<Record<string, unknown>[]> => {
  const shards: Record<string, unknown>[] = []
  let start: Record<string, unknown> | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :counts)',
        ExpressionAttributeValues: { ':pk': countsKey(campaignId, 0).pk, ':counts': 'COUNTS#' },
        ConsistentRead: true,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    )
    shards.push(...Items)
    start = LastEvaluatedKey
  } while (start)
  return shards
}

/** When a campaign is to be stopped: so many of the devices that have finished, at least so many, have failed. */
export type Threshold = { failedPercent: number; minimumFinished: number }

/** Devices that told an end or fell silent; one that an operator closed proves nothing about the package. */
export const finishedIn = ({ states }: Counts): number => (states.succeeded ?? 0) + failedIn({ states })
export const failedIn = ({ states }: Pick<Counts, 'states'>): number =>
  (states.failed ?? 0) + (states.timedOut ?? 0) + (states.rolledBack ?? 0)

/**
 * Whether the failures reach the threshold, as AWS IoT Jobs understands its own: a minimum percentage of failures, once a
 * minimum of devices has been heard. https://docs.aws.amazon.com/iot/latest/apireference/API_AbortCriteria.html
 */
export const isReached = ({ failedPercent, minimumFinished }: Threshold, counts: Counts): boolean => {
  const finished = finishedIn(counts)
  return finished > 0 && finished >= minimumFinished && failedIn(counts) * 100 >= failedPercent * finished
}

/** Devices of which an end is still expected. */
export const openIn = ({ states }: Counts): number => (states.pending ?? 0) + (states.upgrading ?? 0)

/** No device can be added to a campaign whose counts carry this mark: adding one changes a count, under this condition. */
export const fence = 'fenced'

/** Lets nobody in any more. Safe to repeat. */
export const fenceCounts = async (table: Table, campaignId: string): Promise<void> => {
  await Promise.all(
    Array.from({ length: countShards }, (_, shard) =>
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: countsKey(campaignId, shard),
          UpdateExpression: 'SET #fence = :true',
          ExpressionAttributeNames: { '#fence': fence },
          ExpressionAttributeValues: { ':true': true },
        }),
      ),
    ),
  )
}

/** Sets until when the counts are kept, epoch seconds; undefined: for as long as devices change them. Safe to repeat. */
export const keepCounts = async (
  table: Table,
  campaignId: string,
  expiresAt: number | undefined,
): Promise<void> => {
  for (const { pk, sk } of await readShards(table, campaignId))
    await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: { pk, sk },
        UpdateExpression: expiresAt === undefined ? 'REMOVE expiresAt' : 'SET expiresAt = :expiresAt',
        ...(expiresAt === undefined ? {} : { ExpressionAttributeValues: { ':expiresAt': expiresAt } }),
      }),
    )
}

/** Counters that one update of at most 4 KB of expression removes. */
const mostRemoved = 100

/**
 * Removes counters that are back at zero and that the writer in `tell-upgrade.ts` has left, of whatever group. One that has moved meanwhile stays. Safe to repeat.
 */
export const pruneCounts = async (table: Table, campaignId: string): Promise<void> => {
  for (const shard of await readShards(table, campaignId)) {
    const zeros = countersIn(shard).filter(({ devices }) => devices === 0)
    for (let at = 0; at < zeros.length; at += mostRemoved)
      await removeZeros(table, shard, zeros.slice(at, at + mostRemoved))
  }
}

const removeZeros = async (
  table: Table,
  { pk, sk }: Record<string, unknown>,
  zeros: readonly Counter[],
): Promise<void> => {
  await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: { pk, sk },
        UpdateExpression: `REMOVE ${zeros.map((_, n) => `#n${n}`).join(', ')}`,
        ConditionExpression: zeros.map((_, n) => `#n${n} = :zero`).join(' AND '),
        ExpressionAttributeNames: Object.fromEntries(zeros.map(({ name }, n) => [`#n${n}`, name])),
        ExpressionAttributeValues: { ':zero': 0 },
      }),
    ),
  )
}
