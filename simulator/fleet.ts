import { type DockHandle, startDock } from './dock/dock.ts'
import type { DockOptions } from './dock/options.ts'

/** Many docks on one broker: serial numbers count from 1, with `prefix` in front. */
export type FleetOptions = Omit<DockOptions, 'dockSn' | 'aircraftSn' | 'clientId'> & {
  docks: number
  prefix: string
}

/** The serial numbers of the nth dock and its aircraft; they look like real ones. */
export const serialsOf = (n: number, prefix = ''): { dockSn: string; aircraftSn: string } => {
  const digits = String(n).padStart(10, '0')
  return { dockSn: `${prefix}7CTDM${digits}`, aircraftSn: `${prefix}1581F${digits}` }
}

type Closable = { close: () => Promise<void> }

/** Waits until all have started; if one fails, all are closed and the first error is thrown. */
export const startTogether = async <Machine extends Closable>(
  starts: readonly Promise<Machine>[],
): Promise<{ machines: readonly Machine[]; close: () => Promise<void> }> => {
  const settled = await Promise.allSettled(starts)
  const machines = settled.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  const close = async () => {
    await Promise.all(machines.map((machine) => machine.close()))
  }
  const refused = settled.find((start) => start.status === 'rejected')
  if (refused) {
    await close()
    throw refused.reason
  }
  return { machines, close }
}

/** Starts all of them; if one cannot connect, all are closed and the first error is thrown. */
export const startFleet = async ({
  docks: count,
  prefix,
  ...common
}: FleetOptions): Promise<{ docks: readonly DockHandle[]; close: () => Promise<void> }> => {
  const starts = Array.from({ length: count }, (_, i) =>
    startDock({ ...common, ...serialsOf(i + 1, prefix) }),
  )
  const { machines: docks, close } = await startTogether(starts)
  return { docks, close }
}
