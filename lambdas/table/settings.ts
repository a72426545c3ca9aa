import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from './client.ts'
import type { Fleets } from './pages.ts'
import { updateOf } from './update.ts'

/** What nobody has put into a fleet is of this one. */
export const defaultFleet = 'default'

/** A machine stays in its fleet unless another is named: forgetting to name it must not move a machine. */
export const placing = (fleet: string | undefined) =>
  fleet === undefined ? { settings: {}, once: { fleet: defaultFleet } } : { settings: { fleet }, once: {} }

/**
 * Registers something, or replaces its settings: those that are undefined are removed, `once` is set only at
 * first. A caller for some fleets replaces settings of what is in these and stays where it is. Undefined for
 * anything else, whether another fleet has it or nobody (ADR 0024). A repeat changes nothing.
 */
export const replaceSettings = async (
  table: Table,
  Key: { pk: string; sk: string },
  settings: Readonly<Record<string, unknown>>,
  once: Readonly<Record<string, number | string>>,
  fleets: Fleets,
): Promise<Record<string, unknown> | undefined> => {
  const staysIn = fleets === 'all' ? [] : fleets.filter((one) => one === (settings.fleet ?? one))
  if (fleets !== 'all' && staysIn.length === 0) return undefined
  const places = staysIn.map((name, n) => [`:fleet${n}`, name] as const)
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key,
        ...updateOf({ set: settings, once, values: Object.fromEntries(places) }),
        ...(places.length > 0
          ? { ConditionExpression: `#fleet IN (${places.map(([name]) => name).join(', ')})` }
          : {}),
        ReturnValues: 'ALL_NEW',
      }),
    ),
  )
  return isRefused(outcome) ? undefined : outcome.Attributes
}
