import * as z from 'zod/mini'
import type { Receipt } from '../queue/receipt.ts'
import type { Table } from '../table/client.ts'
import { seenKey } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'
import { factsAhead } from '../table/register-facts.ts'
import { writeRegisters } from '../table/register-item.ts'
import type { Device } from './devices.ts'
import { marksOf, receivedAt, type UpgradeRegisters } from './registers.ts'

/**
 * When a device was last online, and its SDK's version: pk `DEVICE#{deviceId}`, sk `SEEN`. It is apart from
 * the hot item, which a report writes in one unit. Writes are rare, since SDKs send something at every
 * connect.
 */

const Signs = z.object({
  seen: z.optional(z.object({ order: z.string() })),
  sdk: z.optional(z.object({ order: z.string(), version: z.string() })),
})
export type Signs = z.infer<typeof Signs>

/** A message of a device other than a report. */
export type Sign = { receipt: Receipt; sdk?: string | undefined }

/** A sign this soon after the last one is not worth a write. */
const seldomMs = 10 * 60_000

/** When a device last reported its upgrade or its version; epoch ms, 0 for never. */
const reportedAt = ({ latest, reported, firmware, software }: UpgradeRegisters): number =>
  Math.max(0, ...[latest, reported, firmware, software].map((fact) => (fact ? receivedAt(fact) : 0)))

/** When a device was last online, by anything that it said; undefined for never. */
export const lastSeenAt = (registers: UpgradeRegisters, { seen, sdk }: Signs): number | undefined =>
  Math.max(reportedAt(registers), ...[seen, sdk].map((fact) => (fact ? receivedAt(fact) : 0))) || undefined

/** The part of a sign that is worth a write. A new SDK version is, unless it keeps changing. Pure. */
export const worthWriting = (
  known: Signs,
  registers: UpgradeRegisters,
  { receipt, sdk }: Sign,
): Partial<Signs> => {
  const { newest } = marksOf(receipt)
  const isSeldom = (at: number) => at <= receipt.receivedAt - seldomMs
  const isNews =
    sdk !== undefined && sdk !== known.sdk?.version && isSeldom(known.sdk ? receivedAt(known.sdk) : 0)
  if (!isNews && !isSeldom(lastSeenAt(registers, known) ?? 0)) return {}
  return factsAhead({ seen: newest, ...(isNews ? { sdk: { ...newest, version: sdk } } : {}) }, known)
}

export const signStore = (table: Table) => {
  const of = async (deviceIds: readonly string[]): Promise<Signs[]> =>
    (await readAll(table, deviceIds.map(seenKey))).map((item) => Signs.parse(item ?? {}))

  return {
    /** The signs of these devices, in this order. */
    of,

    /**
     * Records a message of a known device. It writes at most once in ten minutes, and once more for a new SDK
     * version. It reads nothing for a device that is reporting anyway. Idempotent, in any order.
     */
    note: async ({ deviceId, registers }: Device, sign: Sign): Promise<void> => {
      const isReporting = reportedAt(registers) > sign.receipt.receivedAt - seldomMs
      if (isReporting && sign.sdk === undefined) return
      const [known = {}] = await of([deviceId])
      const facts = worthWriting(known, registers, sign)
      if (Object.keys(facts).length > 0)
        await writeRegisters(table, seenKey(deviceId), facts, { conditions: [] })
    },
  }
}
