import { createCipheriv, createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { LogFile, Module } from '../../../protocols/dji-remote-log/facts.ts'

/**
 * One boot cycle's log on a simulated device. `open` streams exactly `sizeBytes` bytes, the same ones every
 * time.
 */
export type BootLog = LogFile & { open: () => Readable }

export type BootLogs = Readonly<Record<Module, readonly BootLog[]>>

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
const MiB = 1024 * 1024
const daysKept = 6
const chunkBytes = 64 * 1024

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * The key stream of a cipher: reproducible, incompressible like an encrypted log, and never held in memory.
 */
function* keyStream(seed: string, sizeBytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', digest(seed), Buffer.alloc(16))
  for (let left = sizeBytes; left > 0; left -= chunkBytes) {
    yield cipher.update(Buffer.alloc(Math.min(left, chunkBytes)))
  }
}

/** A log whose content depends only on the device's serial number and the boot index. */
export const generatedLog = (deviceSn: string, log: LogFile): BootLog => ({
  ...log,
  open: () => Readable.from(keyStream(`${deviceSn}/${log.bootIndex}`, log.sizeBytes), { objectMode: false }),
})

/**
 * A few hundred KiB to 2 MiB; one boot in six is 9 MiB, so that archives are uploaded in one part and in
 * several.
 */
const sizeOf = (deviceSn: string, bootIndex: number): number =>
  bootIndex % daysKept === 0
    ? 9 * MiB
    : 256 * 1024 + (digest(`${deviceSn}/${bootIndex}/size`).readUInt32BE() % (1.75 * MiB))

/**
 * One boot a day, from between nine and ten until half past ten at least (UTC), so that any device has a log
 * of ten to eleven. The index counts days, so that a simulator started again the same day has the same logs.
 */
const bootOfDay = (deviceSn: string, day: number): BootLog => {
  const bootIndex = day - 20_000
  const startTime =
    day * dayMs + 9 * hourMs + (digest(`${deviceSn}/${bootIndex}/start`).readUInt32BE() % hourMs)
  const durationMs = 1.5 * hourMs + (digest(`${deviceSn}/${bootIndex}/end`).readUInt32BE() % (3 * hourMs))
  const sizeBytes = sizeOf(deviceSn, bootIndex)
  return generatedLog(deviceSn, { bootIndex, startTime, endTime: startTime + durationMs, sizeBytes })
}

/** The default logs of a device: one for each of the last six whole days (UTC), oldest first. */
export const logsOfLastDays = (deviceSn: string, now: number): BootLog[] => {
  const today = Math.floor(now / dayMs)
  return Array.from({ length: daysKept }, (_, i) => bootOfDay(deviceSn, today - daysKept + i))
}
