import { acknowledgeEvent } from '../../../protocols/dji-dock/down.ts'
import { readFirmware } from '../../../protocols/dji-dock/up.ts'
import type { OfferReply, UpgradeProgress } from '../../../protocols/dji-firmware/facts.ts'
import { readOfferReply, readUpgradeProgress } from '../../../protocols/dji-firmware/up.ts'
import { readRelayedPresence } from '../../../protocols/edge-presence/up.ts'
import type { DeviceReport } from '../../queue/batch.ts'
import type { Receipt } from '../../queue/receipt.ts'
import { ofEachDock, understood } from '../../rejected/each-dock.ts'
import type { rejectedStore } from '../../rejected/store.ts'
import type { Publish } from '../../runtime/publish.ts'
import { count } from '../../runtime/telemetry.ts'
import type { Reported } from '../facts.ts'
import type { upgradeStore } from '../store.ts'
import { concerned, type Upgrading } from './concerned.ts'
import { reportOfProgress, reportOfReply } from './events.ts'
import type { Docks } from './needs.ts'
import { takeVersion } from './versions.ts'

/**
 * Records what docks report about upgrades of themselves and their aircraft, from the queues of docks'
 * replies and progress. Reads and writes nothing for docks that we do not upgrade. Idempotent, in any order.
 */

export type DockNeeds = {
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'record' | 'keepReports'>
  docks: Docks
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  now: () => number
}

/** Records docks' answers to offers. */
export const recordOfferReplies = (use: DockNeeds) =>
  ofEachDock(use, async (dockSn, reports, rejected) => {
    const replies = reports.flatMap((report) => {
      const reply = understood(rejected, report, readOfferReply(report.payload))
      return reply ? [{ reply, receipt: report.receipt }] : []
    })
    if (replies.length > 0) await takeReplies(use, dockSn, replies)
  })

const takeReplies = async (
  use: DockNeeds,
  dockSn: string,
  replies: readonly { reply: OfferReply; receipt: Receipt }[],
): Promise<void> => {
  const upgrading = await upgradingAt(use, dockSn)
  await keep(
    use,
    upgrading.flatMap(({ sn, processId }) => {
      const own = replies.filter(({ reply }) => reply.commandId === processId)
      return own.map(({ reply, receipt }) => ({ event: reportOfReply(sn, reply), receipt, index: 0 }))
    }),
  )
}

type ProgressNeeds = DockNeeds & {
  /** Absent: another platform acknowledges the docks' events. */
  acknowledge?: Publish | undefined
}

/** Records docks' progress, then acknowledges the reports. */
export const recordDockProgress = (use: ProgressNeeds) =>
  ofEachDock(use, async (dockSn, reports, rejected) => {
    const received = reports.flatMap((report) => {
      const progress = understood(rejected, report, readUpgradeProgress(dockSn, report.payload))
      return progress ? [{ progress, receipt: report.receipt }] : []
    })
    if (received.length === 0) return
    count('ContradictingGateways', received.filter(({ progress }) => progress.gatewayContradicts).length)
    await takeProgress(use, dockSn, received)
    for (const { progress } of received) await acknowledge(use, dockSn, progress)
  })

const takeProgress = async (
  use: DockNeeds,
  dockSn: string,
  received: readonly { progress: UpgradeProgress; receipt: Receipt }[],
): Promise<void> => {
  const upgrading = await upgradingAt(use, dockSn)
  await keep(
    use,
    received.flatMap(({ progress, receipt }) =>
      concerned(upgrading, progress.processId, use.now()).map(({ sn }) => ({
        event: reportOfProgress(sn, progress),
        receipt,
        index: 0,
      })),
    ),
  )
}

const acknowledge = async (
  { acknowledge: publish, now }: ProgressNeeds,
  sn: string,
  { acknowledge: answerTo }: UpgradeProgress,
): Promise<void> => {
  if (answerTo && publish) await publish(acknowledgeEvent({ sn, answerTo, sentAt: now() }))
}

/** Records the firmware versions that machines report, themselves or through a relay. */
export const recordVersions = (use: DockNeeds) =>
  ofEachDock(use, async (source, reports, rejected) => {
    for (const report of reports)
      for (const { sn, dockSn, version, isRelayed } of versionsIn(source, report)) {
        const runs = { version, at: report.receipt.receivedAt, isRelayed }
        if ((await takeVersion(use, { sn, dockSn, runs, receipt: report.receipt })) === 'notItsDock')
          rejected.push({ report, reason: 'notItsDock', path: 'gateway' })
      }
  })

/** The presence handlers report messages that cannot be read. */
const versionsIn = (source: string, { about, payload }: DeviceReport) => {
  if (about === 'firmware') {
    const read = readFirmware(payload)
    if (read.outcome !== 'understood') return []
    const { version, dockSn = source } = read.fact
    return [{ sn: source, dockSn, version, isRelayed: false }]
  }
  const read = about === 'relay' ? readRelayedPresence(payload) : undefined
  if (read?.outcome !== 'understood') return []
  return Object.entries(read.presence.firmware).map(([sn, version]) => ({
    sn,
    dockSn: source,
    version,
    isRelayed: true,
  }))
}

/** The machines of a dock that were offered a package. */
const upgradingAt = async (use: DockNeeds, dockSn: string): Promise<Upgrading[]> => {
  const found = await use.docks.ofDock(dockSn, use.now())
  const devices = await Promise.all((found?.machines ?? []).map(({ sn }) => use.upgrades.get(sn)))
  return devices.flatMap((device) => {
    const offered = device?.attempt?.machines === 'docks' ? device.registers.offered : undefined
    return device && offered ? [{ sn: device.deviceId, processId: offered.processId, device }] : []
  })
}

/** One write per machine and batch. */
const keep = async (use: DockNeeds, all: readonly Reported[]): Promise<void> => {
  for (const [sn, reported] of Map.groupBy(all, ({ event }) => event.deviceId)) {
    const recorded = await use.upgrades.record(sn, sn, reported)
    if (recorded !== 'notItsChild') await use.upgrades.keepReports(recorded, reported)
  }
}
