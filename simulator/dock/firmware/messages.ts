import { randomUUID } from 'node:crypto'
import { methods } from '../../../protocols/dji-firmware/topics.ts'
import type { Message } from '../messages.ts'
import type { UpgradeReport } from './upgrade-run.ts'

type Sender = { dockSn: string; timestamp: number; needReply: boolean }

/** A progress event of an upgrade: as with the vendor, it names no machine. */
export const upgradeEvent = (report: UpgradeReport, { dockSn, timestamp, needReply }: Sender): Message => ({
  tid: randomUUID(),
  bid: report.processId,
  timestamp,
  gateway: dockSn,
  need_reply: needReply ? 1 : 0,
  method: methods.progress,
  data: {
    result: report.result,
    output: {
      status: report.status,
      progress: { percent: report.percent, current_step: report.step },
    },
  },
})

/** A machine's version, for its own topic `state`. */
export const firmwareMessage = (dockSn: string, version: string, timestamp: number): Message => ({
  tid: randomUUID(),
  bid: randomUUID(),
  timestamp,
  gateway: dockSn,
  need_reply: 0,
  data: { firmware_version: version },
})
