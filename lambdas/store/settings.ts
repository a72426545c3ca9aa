import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from './dynamodb.ts'
import type { Fleets } from './pages.ts'

/**
 * Registers something of a fleet, or replaces its settings: those that are undefined are removed, `once` is set only at first.
 * Resolves to the item, or to undefined where it exists in a fleet that the caller may not touch. A repeat changes nothing.
 */
export const replaceSettings = async (
  table: Table,
  Key: { pk: string; sk: string },
  settings: Readonly<Record<string, string | undefined>> & { fleet: string },
  once: Readonly<Record<string, number | string>>,
  fleets: Fleets,
): Promise<Record<string, unknown> | undefined> => {
  const all = Object.entries(settings)
  const given = all.filter(([, value]) => value !== undefined)
  const absent = all.filter(([, value]) => value === undefined)
  const first = Object.entries(once)
  const sets = [
    ...given.map(([name]) => `#${name} = :${name}`),
    ...first.map(([name]) => `#${name} = if_not_exists(#${name}, :${name})`),
  ]
  const removes = absent.map(([name]) => `#${name}`)
  const allowed = fleets === 'all' ? [] : fleets.map((fleet, n) => [`:fleet${n}`, fleet] as const)
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key,
        UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
        ...(fleets === 'all'
          ? {}
          : {
              ConditionExpression: `attribute_not_exists(pk) OR #fleet IN (${allowed.map(([name]) => name).join(', ')})`,
            }),
        ExpressionAttributeNames: Object.fromEntries([...all, ...first].map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries([
          ...[...given, ...first].map(([name, value]) => [`:${name}`, value]),
          ...allowed,
        ]),
        ReturnValues: 'ALL_NEW',
      }),
    ),
  )
  return isRefused(outcome) ? undefined : outcome.Attributes
}
