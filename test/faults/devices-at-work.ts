import { randomInt } from 'node:crypto'
import type { TestContext } from 'node:test'
import { startHuaweiDevice } from '../../simulator/huawei/device.ts'
import type { Script } from '../../simulator/huawei/script.ts'
import type { Local } from '../support/story.ts'
import { type AttemptView, deviceStory } from '../support/upgrades.ts'
import type { Setting } from './docks-at-work.ts'
import { takingPart } from './seeds.ts'

/**
 * One that succeeds, one that says everything twice and in disorder, one that fails, one that goes silent.
 */
const characters: readonly [Script, ...Script[]] = [
  {},
  { duplicates: true, reorder: true },
  { failure: 7 },
  { silent: true, downloads: true },
]

const target = 'v2.0.0'
/** An hour of silence ends an attempt. */
const timeoutSeconds = 3600

const startOne = async (t: TestContext, stack: Local, script: Script, { now }: Setting) => {
  const deviceId = `device-${randomInt(1e10)}`
  const story = deviceStory(stack, deviceId)
  await story.register()
  const device = await startHuaweiDevice({ mqttUrl: stack.mqttUrl, deviceId, script, now, pace: 'instant' })
  t.after(() => device.close())
  let attempt: AttemptView | undefined
  return {
    deviceId,
    close: device.close,
    attempts: () => (attempt ? [attempt.id] : []),
    /** The attempt opens before the fault: a report without one belongs to none. */
    open: async (): Promise<void> => {
      attempt = await story.open(target, { timeoutSeconds })
    },
    work: async (): Promise<void> => {
      await device.upgrade(target)
      await device.reportVersion()
    },
  }
}
export type DeviceAtWork = Awaited<ReturnType<typeof startOne>>

/** Registered devices with an attempt to be upgraded, those of the turn. */
export const startDevices = (
  t: TestContext,
  stack: Local,
  setting: Setting,
  turn: number,
): Promise<DeviceAtWork[]> =>
  Promise.all(takingPart(characters, turn).map((script) => startOne(t, stack, script, setting)))
