import { atMost } from '../download.ts'
import { startTogether } from '../fleet.ts'
import { type HuaweiDeviceHandle, startHuaweiDevice } from './device.ts'
import type { HuaweiDeviceOptions } from './options.ts'

/** Many devices on one broker: ids count from 1, with `prefix` in front. */
export type HuaweiFleetOptions = Omit<
  HuaweiDeviceOptions,
  'deviceId' | 'children' | 'clientId' | 'downloads'
> & {
  devices: number
  prefix: string
  /** The most concurrent downloads; the others wait. @default 100 */
  downloadsAtOnce?: number
}

/** A broker's backlog of connections is limited. */
const connectsAtOnce = 200

/** The id of the nth device; like a real one it consists of the product's id, `_` and the device's own. */
export const deviceIdOf = (n: number, prefix = ''): string =>
  `${prefix}5e06bfee334dd4f33759f5b3_${String(n).padStart(6, '0')}`

/** Starts all of them; if one cannot connect, all are closed and the first error is thrown. */
export const startHuaweiFleet = async ({
  devices: count,
  prefix,
  downloadsAtOnce = 100,
  ...common
}: HuaweiFleetOptions): Promise<{ devices: readonly HuaweiDeviceHandle[]; close: () => Promise<void> }> => {
  const downloads = atMost(downloadsAtOnce)
  const connecting = atMost(connectsAtOnce)
  const starts = Array.from({ length: count }, (_, i) =>
    connecting(() => startHuaweiDevice({ ...common, downloads, deviceId: deviceIdOf(i + 1, prefix) })),
  )
  const { machines: devices, close } = await startTogether(starts)
  return { devices, close }
}
