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
import { type ReportNeeds, type Taken, takeReports } from '../upgrade-reports.ts'

type Needs = ReportNeeds & { upgrades: Pick<ReturnType<typeof upgradeStore>, 'get'> }

/**
 * How far a forwarder's clock may be ahead of ours, milliseconds. A time within it is taken as it is given: set to ours, the same
 * entry sent again would be another report. A time beyond it would stand as the newest for so long, and keep silence from being
 * noticed.
 */
const clockDifferenceMs = 5 * 60_000

/**
 * The same reports as by MQTT, from forwarders that vouch for the devices' ids. An entry with `receivedAt` may be sent again: the
 * same entry is the same report. One from the future is refused, alone.
 */
export const takeDeviceEvents = (use: Needs): Handlers<'takeDeviceEvents'> => ({
  takeDeviceEvents: async ({ body, fleets }) => {
    const reports = body.map((entry, n): DeviceReport => {
      const text = textOf(entry.body)
      const receipt = entry.receivedAt
        ? givenReceipt(entry.deviceId, Date.parse(entry.receivedAt), text)
        : // Received in this moment, in their order: the receipt decides between them.
          { receivedAt: use.now(), receiptId: `${String(n).padStart(2, '0')}-${randomUUID()}` }
      return { messageId: String(n), source: entry.deviceId, payload: Buffer.from(text), receipt }
    })
    const foreign = await foreignDevices(use, reports, fleets)
    const latest = use.now() + clockDifferenceMs
    const refusalOf = ({ source, receipt, payload }: DeviceReport): Refusal | undefined => {
      if (payload.length === 0) return tooDeep
      if (foreign.has(source)) return notInYourFleets
      return receipt.receivedAt > latest ? inTheFuture : undefined
    }
    const taken = await takeReports(
      use,
      reports.filter((report) => !refusalOf(report)),
    )
    const results = reports.map((report) => {
      const refusal = refusalOf(report)
      return refusal ? { outcome: 'rejected' as const, rejections: [refusal] } : resultOf(report, taken)
    })
    return ok({ results })
  },
})

/** Nothing for what is nested deeper than the stack reaches, which one entry must not cost the others. */
const textOf = (body: unknown): string => {
  try {
    return JSON.stringify(body ?? null)
  } catch (error) {
    if (error instanceof RangeError) return ''
    throw error
  }
}

const resultOf = ({ messageId }: DeviceReport, { failed, rejections }: Taken) => {
  if (failed.includes(messageId)) return { outcome: 'failed' as const }
  const faults = rejections.filter((rejection) => rejection.messageId === messageId)
  if (faults.length === 0) return { outcome: 'accepted' as const }
  return { outcome: 'rejected' as const, rejections: faults.map(({ reason, path }) => ({ reason, path })) }
}

/** The same for the same entry, whenever it comes. */
const givenReceipt = (deviceId: string, receivedAt: number, text: string): Receipt => {
  const entry = createHash('sha256').update(`${deviceId}\n${receivedAt}\n${text}`)
  return { receivedAt, receiptId: entry.digest('hex').slice(0, 32) }
}

/** Why an entry is the forwarder's fault, not the device's: it is told to the forwarder and kept nowhere. */
type Refusal = { reason: string; path: string }
const notInYourFleets: Refusal = { reason: 'notInYourFleets', path: 'deviceId' }
const tooDeep: Refusal = { reason: 'tooDeep', path: 'body' }
const inTheFuture: Refusal = { reason: 'inTheFuture', path: 'receivedAt' }

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
