import { createHash, randomUUID } from 'node:crypto'
import type { DeviceReport } from '../batch.ts'
import { type Handlers, onHttp } from '../http.ts'
import { ok } from '../outcomes.ts'
import { publisher } from '../publish.ts'
import { connectTable } from '../store/dynamodb.ts'
import { type Fleets, includes } from '../store/pages.ts'
import type { Receipt } from '../store/receipt.ts'
import { rejectedStore } from '../store/rejected-messages.ts'
import { defaultFleet } from '../store/settings.ts'
import { upgradeStore } from '../store/upgrades.ts'
import { type ReportNeeds, takeReports } from '../upgrade-reports.ts'

type Needs = ReportNeeds & { upgrades: Pick<ReturnType<typeof upgradeStore>, 'get'> }

/**
 * The same reports as by MQTT, from forwarders that vouch for the devices' ids. An entry with `receivedAt` may be sent again: the
 * same entry is the same report.
 */
export const takeDeviceEvents = (use: Needs): Handlers<'takeDeviceEvents'> => ({
  takeDeviceEvents: async ({ body, fleets }) => {
    const reports = body.map((entry, n): DeviceReport => {
      const text = JSON.stringify(entry.body ?? null)
      const receipt = entry.receivedAt
        ? givenReceipt(entry.deviceId, Date.parse(entry.receivedAt), text)
        : // Received in this moment, in their order: the receipt decides between them.
          { receivedAt: use.now(), receiptId: `${String(n).padStart(2, '0')}-${randomUUID()}` }
      return { messageId: String(n), source: entry.deviceId, payload: Buffer.from(text), receipt }
    })
    const foreign = await foreignDevices(use, reports, fleets)
    const own = reports.filter(({ source }) => !foreign.has(source))
    const { failed, rejections } = await takeReports(use, own)
    const results = reports.map(({ messageId, source }) => {
      if (foreign.has(source)) return { outcome: 'rejected' as const, rejections: [notInYourFleets] }
      if (failed.includes(messageId)) return { outcome: 'failed' as const }
      const faults = rejections.filter((rejection) => rejection.messageId === messageId)
      if (faults.length === 0) return { outcome: 'accepted' as const }
      return {
        outcome: 'rejected' as const,
        rejections: faults.map(({ reason, path }) => ({ reason, path })),
      }
    })
    return ok({ results })
  },
})

/** The same for the same entry, whenever it comes. */
const givenReceipt = (deviceId: string, receivedAt: number, text: string): Receipt => {
  const entry = createHash('sha256').update(`${deviceId}\n${receivedAt}\n${text}`)
  return { receivedAt, receiptId: entry.digest('hex').slice(0, 32) }
}

const notInYourFleets = { reason: 'notInYourFleets', path: 'deviceId' }

/** Devices that a forwarder of some fleets may not speak for. */
const foreignDevices = async (
  { upgrades }: Needs,
  reports: readonly DeviceReport[],
  fleets: Fleets,
): Promise<ReadonlySet<string>> => {
  if (fleets === 'all') return new Set()
  const deviceIds = [...new Set(reports.map(({ source }) => source))]
  const known = await Promise.all(deviceIds.map((deviceId) => upgrades.get(deviceId)))
  return new Set(deviceIds.filter((_, n) => !includes(fleets, known[n]?.fleet ?? defaultFleet)))
}

export const handler = onHttp<'takeDeviceEvents'>((env) => {
  const table = connectTable(env)
  return takeDeviceEvents({
    upgrades: upgradeStore(table, Date.now),
    rejected: rejectedStore(table),
    publish: publisher(env),
    now: Date.now,
  })
})
