import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { expiry, isRefused, type Table, unlessRefused, writeTogether } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { type PackageUser, packageKey, packageUseKey } from '../table/keys.ts'
import { listKeys, type Page, type PageRequest, readNamed } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import { type PackageFile, UpgradePackage } from './package.ts'

/** Partition of the index `due`: packages whose file is to be checked. */
export const packageDueKind = 'package'

/** A package without a fleet is for all of them, and every caller sees it. */
export const isVisible = ({ fleet }: Pick<UpgradePackage, 'fleet'>, fleets: Fleets): boolean =>
  fleet === undefined || includes(fleets, fleet)

/** Only callers for all fleets may change a package without a fleet. */
export const mayChange = ({ fleet }: Pick<UpgradePackage, 'fleet'>, fleets: Fleets): boolean =>
  fleets === 'all' || (fleet !== undefined && includes(fleets, fleet))

type UseOutcome = 'used' | 'unknown' | 'notProved' | 'deleted'

type Change = { set: Record<string, unknown>; condition: string; values: Record<string, unknown> }

const inFile = { '#key': 'key', '#state': 'state' }

/**
 * Packages, as `package.ts` describes them. Every change increments `rev`: a decision is written only if the
 * package is still as it was read. So a use and a deletion cannot both succeed.
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
    /** Strongly consistent. A deleted package is still returned, until its record expires. */
    get: async (id: string): Promise<UpgradePackage | undefined> => {
      const { Item: item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: packageKey(id), ConsistentRead: true }),
      )
      return item && UpgradePackage.parse(item)
    },

    /** Newest first, without deleted ones. `ofFleet`: only that fleet's own. */
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
      const isListed = (known: UpgradePackage): boolean =>
        !known.deleted && (ofFleet === undefined ? isVisible(known, fleets) : known.fleet === ofFleet)
      return { items: found.filter(isListed), next }
    },

    /**
     * Records that a campaign or an attempt uses a package until `until` at the latest, epoch ms: the package
     * is not deleted before that while the user is in progress. Only for a proved package. Idempotent; the
     * newest `until` counts.
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

    /** Ends a use. Idempotent. */
    endUse: async (id: string, user: PackageUser): Promise<void> => {
      await table.client.send(new DeleteCommand({ TableName: table.name, Key: packageUseKey(id, user) }))
    },

    /**
     * Sets the file, if the package has not changed since it was read. `checkAt`: when it is to be checked.
     * Undefined: the package has changed.
     */
    setFile: (known: UpgradePackage, file: PackageFile, checkAt: number | undefined) =>
      update(known.id, {
        set: { file, ...due(checkAt) },
        condition: '#rev = :rev AND attribute_not_exists(deleted)',
        values: { ':rev': known.rev },
      }),

    /**
     * Writes what was found about the file under `file.key`, even if the package's other settings have
     * changed. Undefined: the package has another file by now, or this one has left the state `from`, or
     * another run has claimed it with `putOff`.
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

    /** Moves the file's check from `from` to `to`; false: another run did, or it is no longer due. */
    putOff: async (id: string, { from, to }: { from: number; to: number }): Promise<boolean> => {
      const outcome = await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: packageKey(id),
            UpdateExpression: 'SET checkAt = :to',
            ConditionExpression: 'checkAt = :from',
            ExpressionAttributeValues: { ':to': to, ':from': from },
          }),
        ),
      )
      return !isRefused(outcome)
    },

    /**
     * Marks the package deleted, if it has not changed since it was read. Its record expires like those of
     * upgrades.
     */
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
