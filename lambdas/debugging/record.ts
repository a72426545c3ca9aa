import { acknowledgeEvent } from '../../protocols/dji-dock/down.ts'
import { readDebugReply, readPowerProgress } from '../../protocols/dji-remote-debug/up.ts'
import { ofEachDock, understood } from '../rejected/each-dock.ts'
import type { rejectedStore } from '../rejected/store.ts'
import type { Publish } from '../runtime/publish.ts'
import { count } from '../runtime/telemetry.ts'
import type { AircraftPower } from './power.ts'

/**
 * Records docks' replies and reports about debug mode and the aircraft's power, from the queues of docks'
 * replies and progress, and sends the next command. Debugging by another platform changes nothing here.
 * Idempotent.
 */

type Needs = {
  power: Pick<AircraftPower, 'heard'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
}

/** Records docks' replies to commands. */
export const recordDebugReplies = (use: Needs) =>
  ofEachDock(use, async (sn, reports, rejected) => {
    for (const report of reports) {
      const reply = understood(rejected, report, readDebugReply(report.payload))
      if (reply) await use.power.heard(sn, { kind: 'reply', ...reply, at: report.receipt.receivedAt })
    }
  })

type ProgressNeeds = Needs & {
  now: () => number
  /** Absent: another platform acknowledges the docks' events. */
  acknowledge?: Publish | undefined
}

/** Records the progress of switching aircraft on or off, then acknowledges the reports. */
export const recordPowerProgress = (use: ProgressNeeds) =>
  ofEachDock(use, async (sn, reports, rejected) => {
    for (const report of reports) {
      const progress = understood(rejected, report, readPowerProgress(sn, report.payload))
      if (!progress) continue
      if (progress.gatewayContradicts) count('ContradictingGateways')
      await use.power.heard(sn, { kind: 'progress', ...progress, at: report.receipt.receivedAt })
      const { acknowledge: answerTo } = progress
      if (answerTo && use.acknowledge)
        await use.acknowledge(acknowledgeEvent({ sn, answerTo, sentAt: use.now() }))
    }
  })
