import type { TimeRequest } from '../../protocols/huawei-ota/facts.ts'
import { readEvents } from '../../protocols/huawei-ota/up.ts'
import { type DeviceReport, inParts, inTurns } from '../queue/batch.ts'
import { keepRejections, type Rejected } from '../rejected/keep.ts'
import type { rejectedStore } from '../rejected/store.ts'
import { type BatchIds, ofDevice } from '../runtime/log.ts'
import { countDropped } from '../runtime/telemetry.ts'
import type { Device } from './devices.ts'
import type { Reported } from './facts.ts'
import { type OfferNeeds, offerIfDue } from './offer.ts'
import type { Sign, signStore } from './signs.ts'
import type { upgradeStore } from './store.ts'
import { askVersion, needsVersion } from './version-questions.ts'

/**
 * Records devices' reports of their upgrades, from a topic rule and queue or over HTTPS. Idempotent: the same
 * message again changes nothing, in any order. What cannot be understood or kept is shown as a rejected
 * message. A device with a driven attempt is offered its package when it speaks.
 */
export type ReportNeeds = OfferNeeds & {
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'record' | 'keepReports' | 'get' | 'note'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  signs: Pick<ReturnType<typeof signStore>, 'note'>
}

/** Why an event in a message was rejected; `path` is its place in the message. */
export type Rejection = { messageId: string; reason: string; path: string }

export type Taken = {
  /** Messages that could not be recorded because of a fault on our side. */
  failed: string[]
  rejections: Rejection[]
  /** Requests for the time: at most one per message. */
  timeRequests: ReceivedTimeRequest[]
}

/** A device's request for the time, in a message of its own or of its gateway. */
export type ReceivedTimeRequest = { report: DeviceReport; deviceId: string; request: TimeRequest }

export const takeReports = async (use: ReportNeeds, reports: readonly DeviceReport[]): Promise<Taken> => {
  const { parts, rejected, timeRequests } = sort(reports)
  const inOrder = inTurns(parts, ({ speaker }) => speaker)
  const failed = await inParts(inOrder, idsOf, async (part) => {
    rejected.push(...(await recordPart(use, part)))
  })
  const notKept = await keepRejections(use.rejected, rejected, ofDevice)
  return {
    failed: [...new Set([...failed, ...notKept])],
    rejections: rejected.map(({ report, reason, path }) => ({ messageId: report.messageId, reason, path })),
    timeRequests,
  }
}

/**
 * All events in a batch about one device from one speaker. `heard`: the device also sent something that is
 * not about upgrades, or introduced itself; `sign` is the last such sign of life.
 */
type DevicePart = {
  deviceId: string
  speaker: string
  reports: DeviceReport[]
  events: Reported[]
  heard: boolean
  sign?: Sign
}

const idsOf = ({ reports, speaker, deviceId }: DevicePart): BatchIds => ({
  messageIds: reports.map(({ messageId }) => messageId),
  ...spokenOf(speaker, deviceId),
})

/** The ids of a device and of the gateway that spoke for it, for logs. */
export const spokenOf = (speaker: string, deviceId: string): { deviceId: string; gatewayId?: string } =>
  speaker === deviceId ? { deviceId } : { deviceId, gatewayId: speaker }

type Sorted = { parts: DevicePart[]; rejected: Rejected[]; timeRequests: ReceivedTimeRequest[] }

const sort = (reports: readonly DeviceReport[]): Sorted => {
  const parts = new Map<string, DevicePart>()
  const rejected: Rejected[] = []
  const timeRequests = new Map<DeviceReport, ReceivedTimeRequest>()
  const partOf = (report: DeviceReport, deviceId: string): DevicePart => {
    const name = `${report.source} ${deviceId}`
    const part = parts.get(name) ?? {
      deviceId,
      speaker: report.source,
      reports: [],
      events: [],
      heard: false,
    }
    if (part.reports.at(-1) !== report) part.reports.push(report)
    parts.set(name, part)
    return part
  }
  for (const report of reports)
    for (const [index, read] of readEvents(report.source, report.payload).entries()) {
      if (read.outcome === 'notUnderstood') rejected.push({ report, reason: read.reason, path: read.path })
      if (read.outcome === 'heard') {
        const { deviceId, timeRequest: request, sdk } = read
        const part = partOf(report, deviceId)
        part.heard = true
        part.sign = { receipt: report.receipt, sdk: sdk ?? part.sign?.sdk }
        if (request) timeRequests.set(report, { report, deviceId, request })
      }
      if (read.outcome !== 'understood') continue
      countDropped({ ...ofDevice(report.source), messageIds: [report.messageId] }, read.dropped)
      const part = partOf(report, read.fact.deviceId)
      part.events.push({ event: read.fact, receipt: report.receipt, index })
      part.heard ||= read.unasked === true
      if (read.sdk !== undefined) part.sign = { receipt: report.receipt, sdk: read.sdk }
    }
  return { parts: [...parts.values()], rejected, timeRequests: [...timeRequests.values()] }
}

/** Resolves to what was rejected or not kept: the history of a device that crowds its messages has gaps. */
const recordPart = async (use: ReportNeeds, part: DevicePart): Promise<Rejected[]> => {
  const { deviceId, speaker, reports, events } = part
  if (events.length === 0) {
    await recordSign(use, part)
    return []
  }
  const recorded = await use.upgrades.record(deviceId, speaker, events)
  if (recorded === 'notItsChild')
    return reports.map((report) => ({ report, reason: recorded, path: 'object_device_id' }))
  const leftOut = await use.upgrades.keepReports(recorded, events)
  if (part.sign) await use.signs.note(recorded, part.sign)
  await respond(use, recorded, part)
  return leftOut.flatMap(({ receipt, index }) => {
    const report = reports.find((one) => one.receipt === receipt)
    return report ? [{ report, reason: 'tooManyReports', path: `services[${index}]` }] : []
  })
}

/**
 * A device that speaks of something other than upgrades is online: a known device gets a sign of presence,
 * and may be asked or offered its package.
 */
const recordSign = async (use: ReportNeeds, part: DevicePart): Promise<void> => {
  const device = await use.upgrades.get(part.deviceId)
  if (!device || ![device.deviceId, device.parentId].includes(part.speaker)) return
  if (part.sign) await use.signs.note(device, part.sign)
  await respond(use, device, part)
}

/** Responds to a device that has just spoken, with a question or an offer. */
const respond = async (use: ReportNeeds, device: Device, part: DevicePart): Promise<void> => {
  // A dock speaks another protocol, and gets its offers elsewhere.
  if (device.attempt?.machines === 'docks') return
  if (needsVersion(device, part, use.now())) await askVersion(use, device, { via: part.speaker })
  await offerIfDue(use, device, part.speaker)
}
