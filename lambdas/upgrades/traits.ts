import * as z from 'zod/mini'
import type { Table, TransactionPart } from '../table/client.ts'
import { traitsKey } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'
import { withoutNulls } from '../table/settings.ts'
import { updateOf } from '../table/update.ts'

/**
 * What operators recorded about a device, to select it for campaigns: pk `DEVICE#{deviceId}`, sk `TRAITS`. It
 * is apart from the hot item, which a report writes in one unit: labels alone may take two kilobytes.
 */
const Traits = z.object({
  model: z.optional(z.string()),
  labels: z.optional(z.record(z.string(), z.string())),
  timeZone: z.optional(z.string()),
})
export type Traits = z.infer<typeof Traits>

type TraitsChange = { [Name in keyof Traits]: Traits[Name] | null | undefined }

export const traitStore = (table: Table) => ({
  /** The traits of these devices, in this order. `consistent`: reads strongly consistently. */
  of: async (deviceIds: readonly string[], consistent = false): Promise<Traits[]> =>
    (await readAll(table, deviceIds.map(traitsKey), consistent)).map((item) => Traits.parse(item ?? {})),

  /** Replaces all traits of a device, in the transaction that registers it. Idempotent. */
  replacing: (deviceId: string, { model, labels, timeZone }: Traits): TransactionPart => {
    const traits = { model, labels, timeZone }
    const item = { TableName: table.name, Key: traitsKey(deviceId) }
    return Object.values(traits).every((value) => value === undefined)
      ? { Delete: item }
      : { Update: { ...item, ...updateOf({ set: { ...traits, deviceId } }) } }
  },

  /** Changes the given traits only; null removes one. Undefined: none is given. Idempotent. */
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
