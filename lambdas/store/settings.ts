import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from './dynamodb.ts'
import { type Fleets, includes } from './pages.ts'

/** What nobody has put into a fleet is of this one. */
export const defaultFleet = 'default'

/** A machine stays in its fleet unless another is named: forgetting to name it must not move a machine. */
export const placing = (fleet: string | undefined) =>
  fleet === undefined ? { settings: {}, once: { fleet: defaultFleet } } : { settings: { fleet }, once: {} }

/**
 * Registers something, or replaces its settings: those that are undefined are removed, `once` is set only at first. `only` is a
 * further condition, in which a setting `x` is `#x` and `:x`. Resolves to the item, or to undefined where `only` does not hold, or
 * it is in a fleet that the caller may not touch. A repeat changes nothing.
 */
export const replaceSettings = async (
  table: Table,
  Key: { pk: string; sk: string },
  settings: Readonly<Record<string, unknown>>,
  once: Readonly<Record<string, number | string>>,
  fleets: Fleets,
  only?: string,
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
  const allowed = fleets === 'all' ? [] : fleets.map((name, n) => [`:fleet${n}`, name] as const)
  const fleet = settings.fleet ?? once.fleet
  const isNewInTheirs = typeof fleet === 'string' && includes(fleets, fleet)
  const isTheirs = `#fleet IN (${allowed.map(([name]) => name).join(', ')})`
  const conditions = [
    ...(fleets === 'all' ? [] : [isNewInTheirs ? `(attribute_not_exists(pk) OR ${isTheirs})` : isTheirs]),
    ...(only ? [only] : []),
  ]
  const named = [...all, ...first, ...(fleets === 'all' ? [] : [['fleet', undefined] as const])]
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key,
        UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
        ...(conditions.length > 0 ? { ConditionExpression: conditions.join(' AND ') } : {}),
        ExpressionAttributeNames: Object.fromEntries(named.map(([name]) => [`#${name}`, name])),
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
