import type * as z from 'zod/mini'
import { explainResult } from '../protocols/huawei-ota/results.ts'
import type * as shapes from './shapes.ts'
import type { Device } from './store/devices.ts'
import type { KeptReport } from './store/upgrade-reader.ts'
import {
  type Attempt,
  type UpgradeRegisters,
  type UpgradeStatus,
  upgradeStatus,
} from './store/upgrade-state.ts'
import { iso } from './store/upload-view.ts'

/** Devices and their upgrades as operators see them. Pure. */

type View<Shape extends z.core.$ZodType> = z.input<Shape>

export const attemptHref = (deviceId: string, id: string): string =>
  `/v1/devices/${deviceId}/upgrade-attempts/${id}`

export const upgradeView = (device: Device, now: number): View<typeof shapes.Upgrade> => {
  const { deviceId, fleet, parentId, attempt, registers } = device
  const status = upgradeStatus(attempt, registers, now)
  const running = (of: 'firmware' | 'software') => {
    const known = registers[of]
    return known && { version: known.version, reportedAt: iso(known.at) }
  }
  return {
    deviceId,
    fleet,
    parentId,
    state: status.state,
    evidence: status.evidence,
    rolledBack: status.rolledBack,
    firmware: running('firmware'),
    software: running('software'),
    ...reported(registers, status),
    attempt: attempt && attemptView(device, attempt, now),
  }
}

export const attemptView = (
  { deviceId, registers }: Pick<Device, 'deviceId' | 'registers'>,
  attempt: Attempt,
  now: number,
): View<typeof shapes.UpgradeAttempt> => {
  const status = upgradeStatus(attempt, registers, now)
  return {
    id: attempt.id,
    deviceId,
    package: attempt.package,
    targetVersion: attempt.target,
    state: status.state ?? 'pending',
    evidence: status.evidence,
    rolledBack: status.rolledBack,
    openedAt: iso(attempt.openedAt),
    silentAt: status.checkAt === undefined ? undefined : iso(status.checkAt),
    timeoutSeconds: attempt.timeoutSeconds,
    campaignId: attempt.campaignId,
    requestedBy: attempt.requestedBy,
    closedBy: status.state === 'closed' ? registers.closed?.by : undefined,
    description: (status.state === 'failed' ? registers.failed : registers.latest)?.text,
    ...reported(registers, status),
  }
}

const reported = ({ latest }: UpgradeRegisters, status: UpgradeStatus) => ({
  lastReportAt: latest && iso(latest.at),
  percent: latest?.pct,
  reportedVersion: latest?.version,
  failure:
    status.failureCode !== undefined
      ? explained(status.failureCode)
      : status.state === 'timedOut'
        ? silent
        : undefined,
})

const explained = (result: number) => {
  const { code, reason, advice, retryable } = explainResult(result)
  return { code, reason, advice, retryable }
}

const silent = {
  code: 'silent',
  reason: 'The device did not report within the time that the attempt gives it.',
  advice: 'Look whether the device is online. A report of the target version still counts.',
  retryable: true,
}

type ReportView = View<typeof shapes.Report>

/**
 * Reports newest first. What a device sends again, unchanged, straight after, is one report with `repeats`, at the time of the
 * first: the time that it claims counts to what it says, since a clock that stands still says nothing new.
 */
export const reportViews = (newestFirst: readonly KeptReport[]): ReportView[] => {
  const views: ReportView[] = []
  for (const { receivedAt, event } of newestFirst) {
    const said = saidBy(event)
    const newer = views.at(-1)
    if (newer && isSame(newer, said))
      Object.assign(newer, { receivedAt: iso(receivedAt), repeats: newer.repeats + 1 })
    else views.push({ receivedAt: iso(receivedAt), ...said, repeats: 0 })
  }
  return views
}

const saidBy = (event: KeptReport['event']): Omit<ReportView, 'receivedAt' | 'repeats'> =>
  event.kind === 'versionReport'
    ? {
        kind: event.kind,
        claimedTime: event.eventTimeText,
        firmware: event.firmware,
        software: event.software,
      }
    : {
        kind: event.kind,
        claimedTime: event.eventTimeText,
        resultCode: event.resultCode,
        percent: event.percent,
        version: event.version,
        description: event.description,
      }

const isSame = (view: ReportView, said: Omit<ReportView, 'receivedAt' | 'repeats'>): boolean =>
  JSON.stringify({ ...said }) === JSON.stringify(withoutTime(view))

const withoutTime = ({ receivedAt: _, repeats: __, ...said }: ReportView) => said
