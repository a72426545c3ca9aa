import { acknowledgeEvent } from '../../protocols/dji-dock/down.ts'
import { readDebugReply, readPowerProgress } from '../../protocols/dji-remote-debug/up.ts'
import { ofEachDock, understood } from '../rejected/each-dock.ts'
import type { rejectedStore } from '../rejected/store.ts'
import type { Publish } from '../runtime/publish.ts'
import { count } from '../runtime/telemetry.ts'
import type { AircraftPower } from './power.ts'

/**
 * Takes in what docks say of their debug mode and their aircraft's power, from the queues that have what else
 * they say of that kind, and sends what comes next. Another platform's debugging changes nothing here, nor does
 * the same word again.
 */

type Needs = {
  power: Pick<AircraftPower, 'heard'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
}

/** Answers to what docks were told. */
export const recordDebugReplies = (use: Needs) =>
  ofEachDock(use, async (sn, said, rejected) => {
    for (const report of said) {
      const reply = understood(rejected, report, readDebugReply(report.payload))
      if (reply) await use.power.heard(sn, { kind: 'reply', ...reply, at: report.receipt.receivedAt })
    }
  })

type ProgressNeeds = Needs & {
  now: () => number
  /** Absent: another platform acknowledges the docks' events. */
  acknowledge?: Publish | undefined
}

/** How far docks are with their aircraft; they are told that it arrived, once it is recorded. */
export const recordPowerProgress = (use: ProgressNeeds) =>
  ofEachDock(use, async (sn, said, rejected) => {
    for (const report of said) {
      const progress = understood(rejected, report, readPowerProgress(sn, report.payload))
      if (!progress) continue
      if (progress.gatewayContradicts) count('ContradictingGateways')
      await use.power.heard(sn, { kind: 'progress', ...progress, at: report.receipt.receivedAt })
      const { acknowledge: answerTo } = progress
      if (answerTo && use.acknowledge)
        await use.acknowledge(acknowledgeEvent({ sn, answerTo, sentAt: use.now() }))
    }
  })
