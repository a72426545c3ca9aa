import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import type { LocalStack } from '../local/start.ts'
import { type HuaweiDeviceHandle, startHuaweiDevice } from '../simulator/huawei-device.ts'
import type { HuaweiDeviceOptions } from '../simulator/huawei-options.ts'
import { demoRequest, registerOnce } from './demo-request.ts'

/** The device that a fresh local stack has; its id is the product's, `_` and the device's own. */
export const demoDeviceId = '5e06bfee334dd4f33759f5b3_demo'

/** How fast it goes; `lookEveryMs`: how often the demo looks whether somebody has opened an attempt. */
type Tempo = Required<Pick<HuaweiDeviceOptions, 'pace' | 'answersAfterMs'>> & { lookEveryMs: number }

/**
 * Slow enough to be watched. The answer to a question comes before the next step, so that what the device
 * says it runs is not ahead of what it reports.
 */
const watchable: Tempo = { pace: 3_000, answersAfterMs: 1_500, lookEveryMs: 1_000 }

/** What the demo needs of the stack. */
type Stack = Pick<LocalStack, 'url' | 'token' | 'edgeUrl' | 'deviceSecret'>

const Seen = z.object({
  firmware: z.object({ version: z.string() }).optional(),
  attempt: z
    .object({
      id: z.string(),
      state: z.string(),
      targetVersion: z.string(),
      packageId: z.string().optional(),
    })
    .optional(),
})

const look = async (stack: Stack): Promise<z.infer<typeof Seen>> =>
  Seen.parse(await demoRequest(stack, `/v1/devices/${demoDeviceId}/upgrade`))

/**
 * Upgrades the device whenever an attempt is open that it has not tried yet and that nobody offers it a package
 * for, until `signal` aborts.
 */
const follow = async (
  stack: Stack,
  device: HuaweiDeviceHandle,
  { lookEveryMs, signal }: { lookEveryMs: number; signal: AbortSignal },
): Promise<void> => {
  let tried = ''
  while (!signal.aborted) {
    // A backend that is busy or about to stop answers the next time, or never.
    const { attempt } = await look(stack).catch((): z.infer<typeof Seen> => ({}))
    const isOurs = attempt && attempt.packageId === undefined && attempt.id !== tried
    if (isOurs && ['pending', 'upgrading'].includes(attempt.state)) {
      tried = attempt.id
      await device.upgrade(attempt.targetVersion)
    }
    await pause(lookEveryMs, undefined, { signal }).catch(() => {})
  }
}

/**
 * Registers the demo device through the HTTP API and brings it online at the edge, with the vendor's own
 * topics and, where the edge asks for one, IoTDA's login. It says which version it runs, and upgrades when an
 * attempt is opened: of one without a package Groundcrew tells no device, so the demo looks, and stands in for
 * whoever hands out packages. Safe to repeat: a device that is registered keeps its labels and all else. It runs
 * what it said last, and an upgrade that was cut off is played again. @throws Error when the API or the edge refuses it.
 */
export const startDemoDevice = async (stack: Stack, { lookEveryMs, ...tempo } = watchable) => {
  await registerOnce(stack, `/v1/devices/${demoDeviceId}`, {})
  const { firmware } = await look(stack)
  const device = await startHuaweiDevice({
    mqttUrl: stack.edgeUrl,
    deviceId: demoDeviceId,
    topics: 'native',
    ...tempo,
    ...(stack.deviceSecret === undefined ? {} : { secret: stack.deviceSecret }),
    ...(firmware ? { version: firmware.version } : {}),
    script: { sdk: 'java', downloads: true },
  })
  await device.reportVersion()
  const leaving = new AbortController()
  const following = follow(stack, device, { lookEveryMs, signal: leaving.signal })
  return {
    device,
    close: async (): Promise<void> => {
      leaving.abort()
      await device.close()
      await following
    },
  }
}
