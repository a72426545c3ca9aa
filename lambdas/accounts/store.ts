import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused, writeTogether } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { accountKey, aircraftKey, dockKey, ownerKey, topologyKey } from '../table/keys.ts'
import { listKeys, type Page, type PageRequest, readAll, readListed } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import { maxAircraft } from './policy.ts'

/**
 * Accounts: pk `DOCKACCOUNT#{userName}`, sk `ACCOUNT`. The dock's own partition has the name of its account,
 * so that a dock cannot have two.
 */

const Item = z.object({
  userName: z.string(),
  fleet: z.string(),
  dockSn: z.optional(z.string()),
  passwordHash: z.string(),
  createdAt: z.number(),
  createdBy: z.string(),
  rotatedAt: z.optional(z.number()),
  rotatedBy: z.optional(z.string()),
  revokedAt: z.optional(z.number()),
  revokedBy: z.optional(z.string()),
  clientIds: z._default(z.array(z.string()), []),
})

/**
 * Times are epoch ms. `clientIds`: the client ids that it last connected with, which a revocation
 * disconnects.
 */
export type Account = z.infer<typeof Item>

const Owner = z.object({ userName: z.string() })
const Dock = z.object({
  fleet: z.string(),
  aircraftSn: z.optional(z.string()),
  boundAircraft: z.optional(z.array(z.string())),
  connectedAircraftSn: z.optional(z.string()),
})
const Aircraft = z.object({ dockSn: z.optional(z.string()) })
const Topology = z.object({ aircraft: z.array(z.object({ sn: z.string() })) })

/** What is known about a dock that logs in. */
export type DockFacts = { fleet?: string; owner?: string; aircraft: readonly string[] }

/** A dock has at most two connections; further ids are left over from earlier ones. */
const maxClientIds = 5

/** Newest first; an id that is in the list changes nothing. */
const withClientId = (clientIds: readonly string[], clientId: string): string[] =>
  clientIds.includes(clientId) ? [...clientIds] : [clientId, ...clientIds].slice(0, maxClientIds)

export const accountStore = (table: Table) => {
  /** Contains the fleet, so that the dock can be registered in the same one. */
  const own = (dockSn: string, { userName, fleet }: Account, condition: string) => ({
    Put: {
      TableName: table.name,
      Item: { ...ownerKey(dockSn), userName, fleet },
      ConditionExpression: condition,
      ...(condition.includes(':') ? { ExpressionAttributeValues: { ':userName': userName } } : {}),
    },
  })

  /** Removes serial numbers that turned out to be docks: these speak for themselves. */
  const withoutDocks = async (sns: readonly string[]): Promise<string[]> => {
    const items = await readAll(table, [...sns.map(dockKey), ...sns.map(ownerKey)], true)
    return sns.filter((_, n) => !items[n] && !items[sns.length + n])
  }

  /** Whether the aircraft belongs to this dock, and no other has taken it since. */
  const isOfDock = async (aircraftSn: string, dockSn: string): Promise<boolean> => {
    const { Item: item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: aircraftKey(aircraftSn), ConsistentRead: true }),
    )
    return item !== undefined && Aircraft.parse(item).dockSn === dockSn
  }

  return {
    /** Creates an account, unless the user name is taken or the dock has an account already. */
    create: async (account: Account): Promise<'created' | 'nameTaken' | 'dockTaken'> => {
      const { userName, dockSn } = account
      const refused = await writeTogether(table, {
        account: {
          Put: {
            TableName: table.name,
            Item: { ...accountKey(userName), ...account, kind: 'dockAccount', kindKey: userName },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        owner: dockSn === undefined ? undefined : own(dockSn, account, 'attribute_not_exists(pk)'),
      })
      if (!refused) return 'created'
      return refused.owner ? 'dockTaken' : 'nameTaken'
    },

    /** The account, if it is in one of the fleets. */
    find: async (userName: string, fleets: Fleets): Promise<Account | undefined> => {
      const { Item: item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: accountKey(userName), ConsistentRead: true }),
      )
      const account = item && Item.parse(item)
      return account && includes(fleets, account.fleet) ? account : undefined
    },

    list: async (fleets: Fleets, request: PageRequest): Promise<Page<Account>> => {
      const query = { kind: 'dockAccount' as const, fleets }
      const { items, next } = await listKeys(table, query, request)
      return { items: (await readListed(table, query, items)).map((item) => Item.parse(item)), next }
    },

    /** Undefined: it was revoked meanwhile. */
    rotate: async (
      userName: string,
      change: { passwordHash: string; rotatedAt: number; rotatedBy: string },
    ): Promise<Account | undefined> => {
      const outcome = await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: accountKey(userName),
            ...updateOf({ set: change }),
            ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(revokedAt)',
            ReturnValues: 'ALL_NEW',
          }),
        ),
      )
      return isRefused(outcome) ? undefined : Item.parse(outcome.Attributes)
    },

    /**
     * Revokes an account and releases its dock. Only the first revocation counts; false: it was not the
     * first, or the account was assigned to a dock meanwhile.
     */
    revoke: async (
      { userName, dockSn }: Account,
      { revokedAt, revokedBy }: { revokedAt: number; revokedBy: string },
    ): Promise<boolean> => {
      const expiresAt = expiry(revokedAt, table.retention.uploads)
      const refused = await writeTogether(table, {
        account: {
          Update: {
            TableName: table.name,
            Key: accountKey(userName),
            ...updateOf({ set: { revokedAt, revokedBy, expiresAt } }),
            // An account that is assigned to a dock at this moment would leave the dock owned by a revoked
            // account. Once assigned, it keeps its dock.
            ConditionExpression:
              dockSn === undefined
                ? 'attribute_not_exists(revokedAt) AND attribute_not_exists(dockSn)'
                : 'attribute_not_exists(revokedAt)',
          },
        },
        owner:
          dockSn === undefined ? undefined : { Delete: { TableName: table.name, Key: ownerKey(dockSn) } },
      })
      return refused === undefined
    },

    /** What a login of this dock depends on, strongly consistent. */
    dockFacts: async (dockSn: string): Promise<DockFacts> => {
      const keys = [dockKey(dockSn), ownerKey(dockSn), topologyKey(dockSn)]
      const [dockItem, ownerItem, topologyItem] = await readAll(table, keys, true)
      const dock = dockItem && Dock.parse(dockItem)
      const owner = ownerItem && Owner.parse(ownerItem).userName
      const reported = topologyItem && Topology.parse(topologyItem).aircraft.map(({ sn }) => sn)
      // A topology leaves out an aircraft that is switched off; once it is on, the dock speaks for it at
      // once. The same applies to an aircraft that was bound with the dock, before any topology names it.
      const last = dock?.connectedAircraftSn
      const notReported = [...new Set([...(last ? [last] : []), ...(dock?.boundAircraft ?? [])])]
        .filter((sn) => !reported?.includes(sn))
        .slice(0, maxAircraft)
      const named = [...(reported ?? []), ...notReported]
      const areOfDock = await Promise.all(named.map((sn) => isOfDock(sn, dockSn)))
      const own = named.filter((_, n) => areOfDock[n])
      // The registered aircraft counts only until the dock reports one.
      const registered = reported || last ? [] : [dock?.aircraftSn]
      const aircraft = await withoutDocks([...own, ...registered].filter((sn) => sn !== undefined))
      return { aircraft, ...(dock && { fleet: dock.fleet }), ...(owner !== undefined && { owner }) }
    },

    /**
     * Assigns the account to this dock, unless it has another, and records the client id. False: another
     * account or dock was faster, or the account was revoked or got another password meanwhile. Idempotent.
     */
    claim: async (account: Account, dockSn: string, clientId: string) => {
      const { userName, passwordHash, clientIds } = account
      const set = { dockSn, clientIds: withClientId(clientIds, clientId) }
      const refused = await writeTogether(table, {
        account: {
          Update: {
            TableName: table.name,
            Key: accountKey(userName),
            ...updateOf({ set, values: { ':hash': passwordHash } }),
            ConditionExpression:
              'passwordHash = :hash AND attribute_not_exists(revokedAt) AND ' +
              '(attribute_not_exists(dockSn) OR dockSn = :dockSn)',
          },
        },
        owner: own(dockSn, account, 'attribute_not_exists(pk) OR userName = :userName'),
      })
      return refused === undefined
    },
  }
}
export type AccountStore = ReturnType<typeof accountStore>
