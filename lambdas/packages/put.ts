import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { packageKey } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import { UpgradePackage } from './package.ts'
import { mayChange } from './store.ts'

export type PackageSettings = Pick<
  UpgradePackage,
  'name' | 'version' | 'package' | 'machines' | 'models' | 'from' | 'customInfo' | 'offer' | 'fleet'
>

/**
 * Creates a package or replaces its settings, which are fixed once its file has been proved. Idempotent.
 * `notYours`: the id is taken by a package that the caller may not change.
 */
export const putPackage = async (
  table: Table,
  id: string,
  settings: PackageSettings,
  { fleets, by, now }: { fleets: Fleets; by: string; now: number },
): Promise<UpgradePackage | 'notYours' | 'fixed' | 'deleted'> => {
  const once = { createdAt: now, requestedBy: by, kindKey: `${String(now).padStart(13, '0')}#${id}` }
  const { models, from, customInfo, fleet, offer = 'v2' } = settings
  const set = { ...settings, models, from, customInfo, fleet, offer, id, kind: 'package' }
  const own = fleets === 'all' ? [] : fleets.map((name, n) => [`:own${n}`, name] as const)
  const written = updateOf({ set, once, add: { rev: 1 }, values: Object.fromEntries(own) })
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: packageKey(id),
        ...written,
        ConditionExpression: [
          'attribute_not_exists(deleted) AND attribute_not_exists(#file.provedAt)',
          ...(fleets === 'all'
            ? []
            : [`(attribute_not_exists(pk) OR #fleet IN (${own.map(([name]) => name).join(', ')}))`]),
        ].join(' AND '),
        ExpressionAttributeNames: { ...written.ExpressionAttributeNames, '#file': 'file' },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  )
  if (!isRefused(outcome)) return UpgradePackage.parse(outcome.Attributes)
  const known = UpgradePackage.parse(outcome.item)
  if (!mayChange(known, fleets)) return 'notYours'
  if (known.deleted) return 'deleted'
  return isSame(known, settings) ? known : 'fixed'
}

const isSame = (known: UpgradePackage, settings: PackageSettings): boolean => {
  const of = ({ name, version, machines, package: kind, fleet, offer = 'v2', ...rest }: PackageSettings) =>
    JSON.stringify([name, version, machines, kind, fleet, offer, rest.models, rest.from, rest.customInfo])
  return of(known) === of(settings)
}
