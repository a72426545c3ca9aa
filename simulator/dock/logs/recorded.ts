import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import { type BootLog, type BootLogs, generatedLog, logsOfLastDays } from './files.ts'

type Needs = {
  serials: Readonly<Record<Module, string>>
  /** A machine's earlier logs. @default one boot a day, see `logsOfLastDays` */
  given: Partial<BootLogs> | undefined
  now: () => number
}

/** A boot without an end is still running. */
type Boot = { bootIndex: number; startTime: number; endTime?: number }

/** How long a machine has been running when an event happens that its log must cover. */
const hourMs = 60 * 60 * 1000
const sizeBytes = 200_000

/**
 * The logs of a dock's machines: the earlier ones, and those of events since its start. Days pass while a
 * dock runs.
 */
export const createRecorder = ({ serials, given, now }: Needs) => {
  const recorded: Record<Module, Boot[]> = { aircraft: [], dock: [] }

  const logsOf = (module: Module): readonly BootLog[] => {
    const before = given?.[module] ?? logsOfLastDays(serials[module], now())
    const since = recorded[module].map((boot) =>
      generatedLog(serials[module], { ...boot, sizeBytes, endTime: boot.endTime ?? now() }),
    )
    const taken = new Set(since.map(({ bootIndex }) => bootIndex))
    return [...before.filter(({ bootIndex }) => !taken.has(bootIndex)), ...since]
  }

  /** Ends a running boot. */
  const end = (module: Module, endTime = now()): void => {
    const last = recorded[module].at(-1)
    if (last) last.endTime ??= endTime
  }

  const begin = (module: Module, startTime = now()): void => {
    end(module, startTime)
    const bootIndex = Math.max(0, ...logsOf(module).map((log) => log.bootIndex)) + 1
    recorded[module].push({ bootIndex, startTime })
  }

  return {
    boots: {
      get aircraft() {
        return logsOf('aircraft')
      },
      get dock() {
        return logsOf('dock')
      },
    },
    begin,
    end,

    /** Makes a log cover the present: the running one, or one that began an hour ago. */
    cover: (module: Module): void => {
      const time = now()
      if (logsOf(module).some(({ startTime, endTime }) => startTime <= time && time <= endTime)) return
      const last = recorded[module].at(-1)
      begin(module, Math.max(time - hourMs, last?.endTime ?? 0))
    },
  }
}

export type Recorder = ReturnType<typeof createRecorder>
