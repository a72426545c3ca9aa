import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { expiry, isRefused, type Table, unlessRefused, writeTogether } from '../table/client.ts'
import { type PackageUser, packageKey, packageUseKey } from '../table/keys.ts'
import { type Fleets, includes, listKeys, type Page, type PageRequest, readNamed } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import { type PackageFile, UpgradePackage } from './package.ts'

/** Partition of the index `due`: packages whose file is to be looked at. */
export const packageDueKind = 'package'

/** A package that names no fleet is for all of them, and whoever is limited to some sees it. */
export const isVisible = ({ fleet }: Pick<UpgradePackage, 'fleet'>, fleets: Fleets): boolean =>
  fleet === undefined || includes(fleets, fleet)

/** Only whoever may do it in all fleets changes what is for all of them. */
export const mayChange = ({ fleet }: Pick<UpgradePackage, 'fleet'>, fleets: Fleets): boolean =>
  fleets === 'all' || (fleet !== undefined && includes(fleets, fleet))

type UseOutcome = 'used' | 'unknown' | 'notProved' | 'deleted'

type Change = { set: Record<string, unknown>; condition: string; values: Record<string, unknown> }

const inFile = { '#key': 'key', '#state': 'state' }

/**
 * Packages, as `package.ts` describes them. Every change counts `rev`: what was decided on a package that was
 * read is written only to that package. So a use and a deletion at the same moment cannot both be.
 */
export const packageStore = (table: Table) => {
  const update = async (
    id: string,
    { set, condition, values }: Change,
  ): Promise<UpgradePackage | undefined> => {
    const { ExpressionAttributeNames: names, ...written } = updateOf({ set, add: { rev: 1 }, values })
    const outcome = await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: packageKey(id),
          ...written,
          ConditionExpression: condition,
          ExpressionAttributeNames: { ...names, ...(condition.includes('#key') ? inFile : {}) },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    )
    return isRefused(outcome) ? undefined : UpgradePackage.parse(outcome.Attributes)
  }

  return {
    /** As it is now. One that was deleted is still told, until its record goes. */
    get: async (id: string): Promise<UpgradePackage | undefined> => {
      const { Item: item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: packageKey(id), ConsistentRead: true }),
      )
      return item && UpgradePackage.parse(item)
    },

    /** Newest first, without those that were deleted. `ofFleet`: only those that are that fleet's own. */
    list: async (
      fleets: Fleets,
      { fleet: ofFleet, ...request }: PageRequest & { fleet?: string | undefined },
    ): Promise<Page<UpgradePackage>> => {
      if (ofFleet !== undefined && !includes(fleets, ofFleet)) return { items: [] }
      const query = { kind: 'package' as const, newestFirst: true }
      const { items, next } = await listKeys(
        table,
        ofFleet === undefined ? { ...query, fleets, orNoFleet: true } : { ...query, fleets: [ofFleet] },
        request,
      )
      const found = (await readNamed(table, items)).flatMap((item) =>
        item ? [UpgradePackage.parse(item)] : [],
      )
      const isMeant = (known: UpgradePackage): boolean =>
        !known.deleted && (ofFleet === undefined ? isVisible(known, fleets) : known.fleet === ofFleet)
      return { items: found.filter(isMeant), next }
    },

    /**
     * Gives a package to a campaign or an attempt until `until`, epoch ms, by when it surely needs it no
     * more: so long the package is not deleted while that goes on. Only one that is proved. Safe to repeat;
     * the newest `until` stands.
     */
    use: async (id: string, user: PackageUser, now: number, until: number): Promise<UseOutcome> => {
      const outcome = await writeTogether(table, {
        package: {
          Update: {
            TableName: table.name,
            Key: packageKey(id),
            ...updateOf({ add: { rev: 1 }, values: { ':proved': 'proved' } }),
            ConditionExpression: '#file.#state = :proved AND attribute_not_exists(deleted)',
            ExpressionAttributeNames: { '#rev': 'rev', '#file': 'file', '#state': 'state' },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        use: {
          Put: {
            TableName: table.name,
            Item: { ...packageUseKey(id, user), ...user, usedAt: now, expiresAt: Math.ceil(until / 1000) },
          },
        },
      })
      if (!outcome) return 'used'
      const item = outcome.package?.item
      if (!item) return 'unknown'
      return UpgradePackage.parse(item).deleted ? 'deleted' : 'notProved'
    },

    /** It needs the package no more; the same again changes nothing. */
    endUse: async (id: string, user: PackageUser): Promise<void> => {
      await table.client.send(new DeleteCommand({ TableName: table.name, Key: packageUseKey(id, user) }))
    },

    /**
     * The file that is to come, or what has become of it, on a package that is as it was read. `checkAt`:
     * when it is looked at. Undefined: it was changed meanwhile.
     */
    setFile: (known: UpgradePackage, file: PackageFile, checkAt: number | undefined) =>
      update(known.id, {
        set: { file, ...due(checkAt) },
        condition: '#rev = :rev AND attribute_not_exists(deleted)',
        values: { ':rev': known.rev },
      }),

    /**
     * What was found of the file under `file.key`, whatever else of the package was changed meanwhile.
     * Undefined: by now the package has another file, or this one is in another state than `from`, or
     * somebody else has `claim`ed it by `putOff`.
     */
    settleFile: (id: string, file: PackageFile, from: PackageFile['state'], claim?: number) =>
      update(id, {
        set: { file, ...due(undefined) },
        condition: [
          '#file.#key = :key AND #file.#state = :from AND attribute_not_exists(deleted)',
          ...(claim === undefined ? [] : ['#checkAt = :claim']),
        ].join(' AND '),
        values: { ':key': file.key, ':from': from, ...(claim === undefined ? {} : { ':claim': claim }) },
      }),

    /**
     * Has the file looked at at `to` instead of `from`; false: somebody else has, or it is looked at no more.
     */
    putOff: async (id: string, { from, to }: { from: number; to: number }): Promise<boolean> => {
      const outcome = await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: packageKey(id),
            UpdateExpression: 'SET checkAt = :to',
            ConditionExpression: 'dueKind = :kind AND checkAt = :from',
            ExpressionAttributeValues: { ':to': to, ':from': from, ':kind': packageDueKind },
          }),
        ),
      )
      return !isRefused(outcome)
    },

    /** Marks it deleted, on a package that is as it was read. Its record goes when those of upgrades do. */
    markDeleted: (known: UpgradePackage, deleted: { at: number; by: string }) =>
      update(known.id, {
        set: {
          deleted,
          kind: undefined,
          kindKey: undefined,
          ...due(undefined),
          expiresAt: expiry(deleted.at, table.retention.upgrades),
        },
        condition: '#rev = :rev AND attribute_not_exists(deleted)',
        values: { ':rev': known.rev },
      }),
  }
}
export type PackageStore = ReturnType<typeof packageStore>

const due = (checkAt: number | undefined) => ({
  dueKind: checkAt === undefined ? undefined : packageDueKind,
  checkAt,
})
