/** A dock's reply to a list command: the modules, and the logs of each. */
import { identifier, integer, natural } from '../fields.ts'
import { drop, given, optional, type Part, partsOf, placeOf } from '../json.ts'
import type { ListedModule, LogFile, Module } from './facts.ts'
import { time } from './fields.ts'
import { moduleOf } from './module-codes.ts'

/** The modules that files list. */
export const listedModules = (dockSn: string, files: readonly Part[]): ListedModule[] =>
  onceEach(files.flatMap((file) => listedModule(dockSn, file)))

/** A module is listed once: the first of several counts, so that a reply has at most two. */
const onceEach = (modules: readonly ListedModule[]): ListedModule[] =>
  modules.filter(({ module }, n) => modules.findIndex((one) => one.module === module) === n)

const listedModule = (dockSn: string, file: Part): ListedModule[] => {
  const module = optional(file, 'module', moduleOf)
  if (module === undefined) return []
  const list = optional(file, 'list', listOf) ?? []
  return [
    {
      module,
      ...deviceOf(dockSn, file, module),
      result: optional(file, 'result', integer) ?? 0,
      logs: partsOf(file, placeOf(file, 'list'), list, list.length).flatMap(logFile),
    },
  ]
}

/** An empty list may be written as an empty object. */
const listOf = (value: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && Object.keys(value ?? {}).length === 0 ? [] : undefined
}

/** A log without times or size can still be uploaded; one without a boot index cannot. */
const logFile = (entry: Part): LogFile[] => {
  const bootIndex = optional(entry, 'boot_index', natural)
  if (bootIndex === undefined) return drop(entry.dropped, entry.path) ?? []
  return [
    {
      bootIndex,
      startTime: optional(entry, 'start_time', time) ?? 0,
      // Every example list of the vendor contains one `end_ime`.
      endTime: optional(entry, 'end_time', time) ?? optional(entry, 'end_ime', time) ?? 0,
      sizeBytes: optional(entry, 'size', natural) ?? 0,
    },
  ]
}

/** A dock may leave its own serial number blank; an aircraft's is not known here. */
export const deviceOf = (dockSn: string, file: Part, module: Module | undefined): { deviceSn?: string } =>
  given({ deviceSn: optional(file, 'device_sn', identifier) ?? (module === 'dock' ? dockSn : undefined) })
