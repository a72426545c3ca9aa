import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import { traitsKey } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'
import { withoutNulls } from '../table/settings.ts'
import { updateOf } from '../table/update.ts'

/**
 * What operators say of a device, to choose it for a campaign: pk `DEVICE#{deviceId}`, sk `TRAITS`. Beside
 * its hot item, which a report writes in one unit: labels alone may be two kilobytes.
 */
const Traits = z.object({
  model: z.optional(z.string()),
  labels: z.optional(z.record(z.string(), z.string())),
  timeZone: z.optional(z.string()),
})
export type Traits = z.infer<typeof Traits>

type TraitsChange = { [Name in keyof Traits]: Traits[Name] | null | undefined }

export const traitStore = (table: Table) => ({
  /** Of each of these devices, in this order. `consistent`: with what was written a moment ago. */
  of: async (deviceIds: readonly string[], consistent = false): Promise<Traits[]> =>
    (await readAll(table, deviceIds.map(traitsKey), consistent)).map((item) => Traits.parse(item ?? {})),

  /**
   * Replaces what is said of a device; where nothing is, and nothing was, nothing is written. A repeat
   * changes nothing.
   */
  replace: async (deviceId: string, { model, labels, timeZone }: Traits): Promise<void> => {
    const set = { model, labels, timeZone }
    const isEmpty = Object.values(set).every((value) => value === undefined)
    await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: traitsKey(deviceId),
          ...updateOf({ set: { ...set, deviceId } }),
          ...(isEmpty ? { ConditionExpression: 'attribute_exists(pk)' } : {}),
        }),
      ),
    )
  },

  /**
   * Changes what is named of what is said of a device; null takes it away. Resolves to all that is said now. A
   * repeat changes nothing.
   */
  change: async (deviceId: string, given: TraitsChange): Promise<Traits> => {
    const said = withoutNulls(given)
    const isEmpty = Object.values(said).every((value) => value === undefined)
    const outcome = await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: traitsKey(deviceId),
          ...updateOf({ set: { ...said, deviceId } }),
          ...(isEmpty ? { ConditionExpression: 'attribute_exists(pk)' } : {}),
          ReturnValues: 'ALL_NEW',
        }),
      ),
    )
    return isRefused(outcome) ? {} : Traits.parse(outcome.Attributes)
  },
})
