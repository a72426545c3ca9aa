import * as z from 'zod/mini'
import type { Table, TransactionPart } from '../table/client.ts'
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

  /** What replaces all that is said of a device, in the transaction that registers it. A repeat changes nothing. */
  replacing: (deviceId: string, { model, labels, timeZone }: Traits): TransactionPart => {
    const said = { model, labels, timeZone }
    const item = { TableName: table.name, Key: traitsKey(deviceId) }
    return Object.values(said).every((value) => value === undefined)
      ? { Delete: item }
      : { Update: { ...item, ...updateOf({ set: { ...said, deviceId } }) } }
  },

  /**
   * The same, of what changes in what is named; null takes it away. Undefined: nothing is named. A repeat changes
   * nothing.
   */
  changing: (deviceId: string, given: TraitsChange): TransactionPart | undefined =>
    Object.values(given).every((value) => value === undefined)
      ? undefined
      : {
          Update: {
            TableName: table.name,
            Key: traitsKey(deviceId),
            ...updateOf({ set: { ...withoutNulls(given), deviceId } }),
          },
        },
})
