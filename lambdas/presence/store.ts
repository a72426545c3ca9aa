import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused } from '../table/client.ts'
import { heardKey, presenceKey, topologyKey } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'
import { writeRegisters } from '../table/register-item.ts'
import { projectPresence } from './project.ts'
import { type Connection, orderedByTimeMs, PresenceRegisters } from './registers.ts'
import { isOffline, type Known } from './state.ts'

/** Presence in the table: pk `DOCK#{dockSn}`, sk `PRESENCE`. */

export const Topology = z.object({
  at: z.number(),
  aircraft: z.array(z.object({ sn: z.string(), model: z.optional(z.string()) })),
  dockModel: z.optional(z.string()),
  asksNothing: z.optional(z.boolean()),
})
const Answered = z.object({ at: z.number() })

type Item = Record<string, unknown> | undefined

/** What the table's items say about a dock; `answered` is its newest answer with a listing. */
export const knownOf = (registers: Item, topology: Item, answered?: Item): Known => ({
  registers: PresenceRegisters.parse(registers ?? {}),
  topology: topology && Topology.parse(topology),
  answeredAt: answered && Answered.parse(answered).at,
})

export const presenceStore = (table: Table) => ({
  /**
   * Records facts about a serial number, with one write per register. The newest facts stay, in any order and
   * however often they come. The dock need not be registered: it connects before it binds. If a crash
   * interrupts the projection, the next message completes it, or the sweep at the item's previous `checkAt`.
   */
  record: async (sn: string, facts: PresenceRegisters, now: number): Promise<void> => {
    const { connected, disconnected, relay, firmware } = facts
    const expiresAt = expiry(now, table.retention.uploads)
    let item: Item
    if (connected) item = await keepConnection(table, sn, 'connected', connected, expiresAt)
    if (disconnected) item = await keepConnection(table, sn, 'disconnected', disconnected, expiresAt)
    for (const fact of [{ relay }, { firmware }])
      if (Object.values(fact).some((one) => one !== undefined))
        item = await writeRegisters(table, presenceKey(sn), fact, {
          conditions: [],
          sets: ['expiresAt = :expiresAt'],
          values: { ':expiresAt': expiresAt },
        })
    if (item) await projectPresence(table, sn, item, now)
  },

  /** Projects what has changed by time alone. */
  review: async (sn: string, now: number): Promise<void> => projectPresence(table, sn, undefined, now),

  /**
   * What is known about these docks, in this order, except for their answers; the items are small, since
   * pages show them.
   */
  of: async (dockSns: readonly string[], consistent = false): Promise<Known[]> => {
    const items = await readAll(table, [...dockSns.map(presenceKey), ...dockSns.map(topologyKey)], consistent)
    return dockSns.map((_, n) => knownOf(items[n], items[dockSns.length + n]))
  },

  /** The registers of these serial numbers, by serial number. */
  registersOf: async (sns: readonly string[]): Promise<Record<string, PresenceRegisters>> => {
    const items = await readAll(table, sns.map(presenceKey))
    return Object.fromEntries(sns.map((sn, n) => [sn, PresenceRegisters.parse(items[n] ?? {})]))
  },

  /**
   * Whether a dock is known to be absent. One read if the registers do not say so; otherwise it also reads
   * what may contradict them.
   */
  isOffline: async (dockSn: string, now: number): Promise<boolean> => {
    const read = async (Key: { pk: string; sk: string }): Promise<Item> =>
      (await table.client.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true }))).Item
    const registers = await read(presenceKey(dockSn))
    if (!isOffline(knownOf(registers, undefined), now)) return false
    const [topology, answered] = await Promise.all([read(topologyKey(dockSn)), read(heardKey(dockSn))])
    return isOffline(knownOf(registers, topology, answered), now)
  },
})

/** Overwrites only events of earlier connections: `compareConnections` as a condition. */
const keepConnection = async (
  table: Table,
  sn: string,
  name: 'connected' | 'disconnected',
  fact: Connection,
  expiresAt: number,
): Promise<Item> => {
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: presenceKey(sn),
        UpdateExpression: 'SET #name = :fact, expiresAt = :expiresAt ADD rev :one',
        ConditionExpression:
          'attribute_not_exists(#name) OR #name.#at <= :long OR (#name.#at < :soon AND #name.#version < :version)',
        ExpressionAttributeNames: { '#name': name, '#at': 'at', '#version': 'version' },
        ExpressionAttributeValues: {
          ':fact': fact,
          ':expiresAt': expiresAt,
          ':long': fact.at - orderedByTimeMs,
          ':soon': fact.at + orderedByTimeMs,
          ':version': fact.version,
          ':one': 1,
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  )
  return isRefused(outcome) ? outcome.item : outcome.Attributes
}
