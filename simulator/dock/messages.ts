import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type { LogFile, Module } from '../../protocols/dji-remote-log/facts.ts'
import { moduleCodes } from '../../protocols/dji-remote-log/module-codes.ts'
import { methods } from '../../protocols/dji-remote-log/topics.ts'
import type { Faults } from './faults.ts'
import { type ExportReport, type FileReport, stepCount } from './logs/export-report.ts'

/** A dock's message, before its quirks are added. */
export type Message = Record<string, unknown>

/** A module's logs, or the result code if there are none. */
export type ModuleLogs = { module: Module; deviceSn: string; result: number; logs: readonly LogFile[] }

/** `timestamp` is in the dock's clock. A real dock's reply names no gateway. */
export const reply = (
  command: { tid: string; bid: string; method: string },
  timestamp: number,
  data: { result: number; files?: Message[]; output?: { status: string } },
): Message => ({ tid: command.tid, bid: command.bid, timestamp, method: command.method, data })

/** One element of `files` in a list reply. Times in milliseconds, as in the vendor's examples. */
export const listedFiles = ({ module, deviceSn, result, logs }: ModuleLogs): Message => ({
  device_sn: deviceSn,
  module: moduleCodes[module],
  result,
  list: logs.map(({ bootIndex, startTime, endTime, sizeBytes }) => ({
    boot_index: bootIndex,
    start_time: startTime,
    end_time: endTime,
    size: sizeBytes,
  })),
})

const claimed = (file: FileReport, faults: Faults): FileReport => ({
  ...file,
  ...(faults.wrongSize && { sizeBytes: file.sizeBytes + 1 }),
  ...(faults.wrongFingerprint && { fingerprint: '0'.repeat(32) }),
  ...(faults.wrongKey && { objectKey: `${dirname(file.objectKey)}/unknown.tar` }),
})

const progressOf = (file: FileReport): Message => ({
  module: moduleCodes[file.module],
  size: file.sizeBytes,
  device_sn: file.deviceSn,
  key: file.objectKey,
  fingerprint: file.fingerprint,
  progress: {
    current_step: file.step,
    total_step: stepCount,
    progress: file.percent,
    status: file.status,
    result: file.result,
    upload_rate: file.uploadRate,
    finish_time: file.finishedAt,
  },
})

/** A progress event. Its `tid` is new each time it is built. */
export const progressEvent = (
  report: ExportReport,
  sender: { dockSn: string; timestamp: number; needReply: boolean; faults: Faults },
): Message => ({
  tid: randomUUID(),
  bid: report.processId,
  timestamp: sender.timestamp,
  gateway: sender.dockSn,
  need_reply: sender.needReply ? 1 : 0,
  method: methods.progress,
  data: {
    result: report.result,
    output: {
      status: report.status,
      ext: { files: report.files.map((file) => progressOf(claimed(file, sender.faults))) },
    },
  },
})
