import { createHash, randomUUID } from 'node:crypto'
import type * as z from 'zod/mini'
import type { Handlers } from '../http/on-http.ts'
import { ok } from '../http/reply.ts'
import type { DeviceReport } from '../queue/batch.ts'
import type { Receipt } from '../queue/receipt.ts'
import type { Fleets } from '../table/fleets.ts'
import { isNameable } from './devices.ts'
import { DeviceEvent } from './event-shapes.ts'
import { type ReportNeeds, type Taken, takeReports } from './reports.ts'
import type { upgradeRoutes } from './routes.ts'
import type { upgradeStore } from './store.ts'

type Needs = ReportNeeds & { upgrades: Pick<ReturnType<typeof upgradeStore>, 'get'> }

/**
 * How far a forwarder's clock may be off, milliseconds. A given time is taken as it is, plus the entry's
 * offset: correcting it by our clock would make a repeat of the entry another report. A time further ahead is
 * refused: it would count as the newest for that long, and hide that the device is silent. For a time further
 * behind, the clock may be wrong or the entry late: it counts at its time, and the forwarder gets a notice.
 */
const clockDifferenceMs = 5 * 60_000

/**
 * Records the same reports as come by MQTT, from forwarders that vouch for the devices' ids. An entry with
 * `receivedAt` may be sent again: the same entry is the same report. An entry that is refused does not affect
 * the others.
 */
export const takeDeviceEvents = (use: Needs): Handlers<typeof upgradeRoutes, 'takeDeviceEvents'> => ({
  takeDeviceEvents: async ({ body, fleets }) => {
    const now = use.now()
    const entries = body.map((entry, place) => readEntry(entry, place, now))
    const reports = entries.flatMap((entry) => ('report' in entry ? [entry.report] : []))
    const foreign = await foreignDevices(use, reports, fleets)
    const allowed = reports.filter(({ source }) => !foreign.has(source))
    const taken = await takeReports(use, allowed)
    const results = entries.map((entry) => {
      if ('faults' in entry) return rejected(entry.faults)
      if (foreign.has(entry.report.source)) return rejected([notInYourFleets])
      return { ...resultOf(entry.report, taken), ...noticeOf(entry.report, now) }
    })
    return ok({ results })
  },
})

/** An entry as a report, or why it is refused. */
const readEntry = (
  entry: unknown,
  place: number,
  now: number,
): { report: DeviceReport } | { faults: Fault[] } => {
  const parsed = DeviceEvent.safeParse(entry)
  if (!parsed.success) return { faults: parsed.error.issues.flatMap(faultsOf).slice(0, maxFaults) }
  const { deviceId, receivedAt, clockOffsetSeconds = 0, body } = parsed.data
  const text = textOf(body)
  if (text === '') return { faults: [tooDeep] }
  const receipt = receivedAt
    ? givenReceipt(deviceId, Date.parse(receivedAt) + clockOffsetSeconds * 1000, text)
    : // The place keeps the entries of one request in order in the history, too.
      { receivedAt: now, receiptId: `${String(place).padStart(2, '0')}-${randomUUID()}` }
  if (receipt.receivedAt > now + clockDifferenceMs) return { faults: [inTheFuture] }
  const report = { messageId: String(place), source: deviceId, payload: Buffer.from(text) }
  return { report: { ...report, receipt: { ...receipt, place } } }
}

/** Empty for a body nested deeper than the stack reaches: one entry must not fail the others. */
const textOf = (body: unknown): string => {
  try {
    return JSON.stringify(body ?? null)
  } catch (error) {
    if (error instanceof RangeError) return ''
    throw error
  }
}

const rejected = (rejections: readonly Fault[]) => ({
  outcome: 'rejected' as const,
  rejections: [...rejections],
})

const resultOf = ({ messageId }: DeviceReport, { failed, rejections }: Taken) => {
  if (failed.includes(messageId)) return { outcome: 'failed' as const }
  const faults = rejections.filter((rejection) => rejection.messageId === messageId)
  if (faults.length === 0) return { outcome: 'accepted' as const }
  return rejected(faults.map(({ reason, path }) => ({ reason, path })))
}

const noticeOf = ({ receipt }: DeviceReport, now: number) =>
  receipt.receivedAt < now - clockDifferenceMs ? { notice: 'clockBehind' as const } : {}

/**
 * The same receipt for the same entry, whenever it comes. A time before 1970 counts as 0: orders have no
 * sign.
 */
const givenReceipt = (deviceId: string, receivedAt: number, text: string): Receipt => {
  const entry = createHash('sha256').update(`${deviceId}\n${receivedAt}\n${text}`)
  return { receivedAt: Math.max(0, receivedAt), receiptId: entry.digest('hex').slice(0, 32) }
}

/** A fault of the forwarder, not of the device: it is returned to the forwarder, and not stored. */
type Fault = { reason: string; path: string }
const notInYourFleets: Fault = { reason: 'notInYourFleets', path: 'deviceId' }
const tooDeep: Fault = { reason: 'tooDeep', path: 'body' }
const inTheFuture: Fault = { reason: 'inTheFuture', path: 'receivedAt' }
const noBody: Fault = { reason: 'noBody', path: 'body' }
const notAnEntry: Fault = { reason: 'notAnEntry', path: '' }

/** The most faults in an entry's result. */
const maxFaults = 20

const faultsOf = (issue: z.core.$ZodIssue): Fault[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ reason: 'unknownField', path: key.slice(0, 100).toWellFormed() }))
  const [field] = issue.path
  if (field === 'deviceId') return [{ reason: 'invalidDeviceId', path: field }]
  if (field === 'receivedAt') return [{ reason: 'invalidReceivedAt', path: field }]
  if (field === 'clockOffsetSeconds') return [{ reason: 'invalidClockOffset', path: field }]
  return [field === 'body' ? noBody : notAnEntry]
}

/** Devices that a forwarder for some fleets may not speak for: unknown ones, and those of other fleets. */
const foreignDevices = async (
  { upgrades }: Needs,
  reports: readonly DeviceReport[],
  fleets: Fleets,
): Promise<ReadonlySet<string>> => {
  if (fleets === 'all') return new Set()
  const deviceIds = [...new Set(reports.map(({ source }) => source))]
  const known = await Promise.all(deviceIds.map((deviceId) => upgrades.get(deviceId)))
  return new Set(deviceIds.filter((_, n) => !isNameable(known[n], fleets)))
}
