import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import type { LocalDeployment } from '../local/start.ts'
import { type HuaweiDeviceHandle, startHuaweiDevice } from '../simulator/huawei/device.ts'
import type { HuaweiDeviceOptions } from '../simulator/huawei/options.ts'
import { demoRequest, registerOnce } from './demo-request.ts'

/** The device of a fresh local stack; its id is the product's, `_` and the device's own. */
export const demoDeviceId = '5e06bfee334dd4f33759f5b3_demo'

/** Its speed; `lookEveryMs`: how often the demo checks for an open attempt. */
type Tempo = Required<Pick<HuaweiDeviceOptions, 'pace' | 'answersAfterMs'>> & { lookEveryMs: number }

/**
 * Slow enough to watch. The answer to a question comes before the next step, so that the reported version is
 * not ahead of the progress.
 */
const watchable: Tempo = { pace: 3_000, answersAfterMs: 1_500, lookEveryMs: 1_000 }

/** The parts of the stack that the demo needs. */
type Stack = Pick<LocalDeployment, 'url' | 'token' | 'edgeUrl' | 'deviceSecret'>

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

/** Upgrades the device whenever a new attempt without a package is open, until `signal` aborts. */
const follow = async (
  stack: Stack,
  device: HuaweiDeviceHandle,
  { lookEveryMs, signal }: { lookEveryMs: number; signal: AbortSignal },
): Promise<void> => {
  let tried = ''
  while (!signal.aborted) {
    // If the backend is busy or about to stop, try again next time.
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
 * topics and, if the edge requires one, IoTDA's login. It reports its version, and upgrades when an attempt
 * is opened: Groundcrew does not announce an attempt without a package to the device, so the demo polls for
 * it, in the role of the platform that distributes packages. Safe to repeat: a registered device keeps its
 * labels and other fields. It runs the version that it reported last, and repeats an interrupted upgrade.
 * @throws Error if the API or the edge refuses it.
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
