import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Tick } from '../../pace.ts'
import type { Faults } from '../faults.ts'
import { resultCodes } from '../result-codes.ts'
import { download, type OfferedPackage } from './download.ts'

/** A package for one of a dock's machines. */
export type MachinePackage = OfferedPackage & { module: Module; version: string }

/** `processId` is the vendor's `bid`. */
export type UpgradeRequest = { processId: string; packages: readonly MachinePackage[] }

/** A dock's report on an upgrade: as with the vendor, on all its machines together. */
export type UpgradeReport = {
  processId: string
  status: 'sent' | 'in_progress' | 'ok' | 'failed'
  result: number
  step: 'download_firmware' | 'upgrade_firmware'
  percent: number
}

/** The parts of a dock that an upgrade needs. */
type UpgradeNeeds = {
  tick: Tick
  faults: () => Faults
  report: (report: UpgradeReport) => void
  /** The machines restart; the dock is back once this resolves. */
  restart: (modules: readonly Module[]) => Promise<void>
  /** Sets a machine's version from its next restart on; returns the present one. */
  put: (module: Module, version: string) => string
  /** The dock is gone for good. */
  vanish: () => void
}

/**
 * A running upgrade. `cutPower` returns the report of the dock after a restart by somebody; `done` resolves
 * to false if the power was cut.
 */
export type Upgrade = { cutPower: () => UpgradeReport; done: Promise<boolean> }

type Run = { request: UpgradeRequest; needs: UpgradeNeeds; power: AbortSignal; report: UpgradeReport }

const sendReport = (run: Run, change: Partial<UpgradeReport>): void => {
  run.report = { ...run.report, ...change }
  run.needs.report(run.report)
}

const codeOf = {
  whole: resultCodes.ok,
  unreachable: resultCodes.downloadFailed,
  damaged: resultCodes.invalid,
}

const fetchAll = async (run: Run): Promise<number> => {
  const { packages } = run.request
  for (const [n, offered] of packages.entries()) {
    const step = async (percent: number) => {
      await run.needs.tick(run.power)
      sendReport(run, { percent: Math.floor((n * 100 + percent) / packages.length) })
    }
    const result = codeOf[await download(offered, { stop: run.power, step })]
    if (result !== resultCodes.ok) return result
  }
  return resultCodes.ok
}

const installSteps = 5

const install = async (run: Run): Promise<number> => {
  sendReport(run, { step: 'upgrade_firmware', percent: 0 })
  for (let n = 1; n <= installSteps; n += 1) {
    await run.needs.tick(run.power)
    const code = run.needs.faults().failUpgrade
    if (code !== undefined && n * 2 > installSteps) return code
    if (n < installSteps) sendReport(run, { percent: (n * 100) / installSteps })
  }
  return resultCodes.ok
}

/**
 * Restarts the machines with the new version, unless a fault makes them keep the old one, or roll back to it.
 */
const takeEffect = async (run: Run): Promise<void> => {
  const { restart, put, faults } = run.needs
  const modules = run.request.packages.map(({ module }) => module)
  const { keepsVersion, rollsBack } = faults()
  const before = keepsVersion
    ? []
    : run.request.packages.map(({ module, version }) => ({ module, version: put(module, version) }))
  await restart(modules)
  if (!rollsBack) return
  for (const { module, version } of before) put(module, version)
  await restart(modules)
}

const upgradeAll = async (run: Run): Promise<void> => {
  await run.needs.tick(run.power)
  sendReport(run, {})
  await run.needs.tick(run.power)
  sendReport(run, { status: 'in_progress' })
  const fetched = await fetchAll(run)
  const result = fetched === resultCodes.ok ? await install(run) : fetched
  if (result !== resultCodes.ok) return sendReport(run, { status: 'failed', result })
  const { vanishes, okAfterRestart } = run.needs.faults()
  if (vanishes) return run.needs.vanish()
  const done = () => sendReport(run, { status: 'ok', percent: 100 })
  if (!okAfterRestart) done()
  await takeEffect(run)
  if (okAfterRestart) done()
}

/** Downloads, checks and installs the packages and restarts the machines, in the vendor's two steps. */
export const startUpgrade = (request: UpgradeRequest, needs: UpgradeNeeds): Upgrade => {
  const power = new AbortController()
  const { processId } = request
  const first = { processId, status: 'sent', result: 0, step: 'download_firmware', percent: 0 } as const
  const run: Run = { request, needs, power: power.signal, report: first }
  const whole = async (): Promise<boolean> => {
    try {
      await upgradeAll(run)
      return true
    } catch (error) {
      if (power.signal.aborted) return false
      throw error
    }
  }
  return {
    cutPower: () => {
      power.abort()
      return { ...run.report, status: 'failed', result: resultCodes.upgradeInterrupted }
    },
    done: whole(),
  }
}
