import type { TestContext } from 'node:test'
import { startDock } from '../../simulator/dock/dock.ts'
import { generatedLog } from '../../simulator/dock/logs/files.ts'
import type { DockOptions } from '../../simulator/dock/options.ts'
import { operatorOf } from './operator.ts'
import { type Backend, newAircraftSn, newDockSn } from './story.ts'

const hourMs = 3_600_000

/** When the first boot of every log here began: on the hour, so that a story can say it. */
export const firstBootAt = Date.UTC(2026, 2, 1, 8)

/** Boots counted from 1, one an hour and each half an hour long, of these sizes. */
export const bootsOf = (deviceSn: string, sizes: readonly number[]) =>
  sizes.map((sizeBytes, n) => {
    const startTime = firstBootAt + n * hourMs
    return generatedLog(deviceSn, { bootIndex: n + 1, sizeBytes, startTime, endTime: startTime + hourMs / 2 })
  })

const smallLogs = [120_000, 90_000, 60_000]

type Options = Partial<Omit<DockOptions, 'dockSn' | 'aircraftSn'>> & {
  fleet?: string
  sizes?: readonly number[]
}

/**
 * A registered dock that works by itself and without delay, with three small logs on each device, and its
 * operator.
 */
export const simulatedDock = async (t: TestContext, backend: Backend, options: Options = {}) => {
  const { fleet, sizes = smallLogs, ...more } = options
  const dockSn = newDockSn()
  const aircraftSn = newAircraftSn()
  const operator = operatorOf(backend, dockSn)
  await operator.register({ aircraftSn, ...(fleet ? { fleet } : {}) })
  const device = await startDock({
    mqttUrl: backend.mqttUrl,
    dockSn,
    aircraftSn,
    pace: 'instant',
    logs: { aircraft: bootsOf(aircraftSn, sizes), dock: bootsOf(dockSn, sizes) },
    ...more,
  })
  t.after(() => device.close())
  return { ...operator, aircraftSn, device }
}
export type SimulatedDock = Awaited<ReturnType<typeof simulatedDock>>
