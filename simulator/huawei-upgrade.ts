import type { EventEmitter } from 'node:events'
import { courseOf } from './huawei-course.ts'
import { createDelivery, type Delivery } from './huawei-delivery.ts'
import type { DeviceLink } from './huawei-link.ts'
import { type Package, progressMessage, type Speaker, versionMessage } from './huawei-messages.ts'
import type { HuaweiDeviceEvents, UpgradeOptions } from './huawei-options.ts'
import type { Script } from './huawei-script.ts'
import type { Step } from './huawei-sdks.ts'
import type { Tick } from './pace.ts'

/** A device's inner life. `versions` changes with upgrades; `power` is aborted when the device is closed. */
export type Device = {
  deviceId: string
  script: Script
  events: EventEmitter<HuaweiDeviceEvents>
  versions: Map<string, string>
  carries: Package
  tick: Tick
  now: () => number
  link: DeviceLink
  /** Publishes a report at the quality of service that a device with this script has. */
  publishAs: (script: Script) => (payload: string) => Promise<void>
  power: AbortController
}

/** An upgrade being played: how, of which device, from which version to which, and its way to the broker. */
type Run = { script: Script; about: string; from: string; to: string; delivery: Delivery; time: () => number }

const versionOf = (device: Device, about: string): string => {
  const version = device.versions.get(about)
  if (version === undefined) throw new TypeError(`${device.deviceId} has no child ${about}`)
  return version
}

/** Says which version the device or its child `about` runs. Rejects for one that the device does not have. */
export const sayVersion = async (
  device: Device,
  about: string,
  script: Script = device.script,
  delivery: Delivery = createDelivery({ ...script, reorder: false }, device.publishAs(script)),
): Promise<void> => {
  const { deviceId, carries, now } = device
  const version = versionOf(device, about)
  device.events.emit('versionReported', { deviceId: about, version })
  await delivery.send(versionMessage({ deviceId, about, script, time: now() }, version, carries))
}

/** Power off and on, with `whileOff` in between. A device that is closed meanwhile stays off, as it was. */
export const restart = async (device: Device, whileOff = () => {}): Promise<void> => {
  device.link.cut()
  await device.tick()
  if (device.power.signal.aborted) return
  whileOff()
  await device.link.open()
}

const put = (device: Device, about: string, version: string, how: 'installed' | 'rolledBack'): void => {
  device.versions.set(about, version)
  device.events.emit(how, { deviceId: about, version })
}

const take = async (device: Device, run: Run, step: Step): Promise<void> => {
  const { about, script, delivery } = run
  const install = () => put(device, about, run.to, 'installed')
  const rollBack = () => put(device, about, run.from, 'rolledBack')
  if (step === 'install') install()
  else if (step === 'installByRestart') await restart(device, install)
  else if (step === 'rollBackByRestart') await restart(device, rollBack)
  else if (step === 'restart') await restart(device)
  else if (step === 'reportVersion') await sayVersion(device, about, script, delivery)
  else {
    for (const report of step.send) device.events.emit('reported', { deviceId: about, report })
    const speaker: Speaker = { deviceId: device.deviceId, about, script, time: run.time() }
    await delivery.send(progressMessage(speaker, step.send))
  }
}

const begin = (device: Device, to: string, { script = device.script, child }: UpgradeOptions): Run => {
  const about = child ?? device.deviceId
  const startedAt = device.now()
  return {
    ...{ script, about, to, from: versionOf(device, about) },
    delivery: createDelivery(script, device.publishAs(script)),
    time: script.burst ? () => startedAt : device.now,
  }
}

/** Plays an upgrade step by step. False if the device was closed before its end. */
export const playUpgrade = async (device: Device, to: string, how: UpgradeOptions): Promise<boolean> => {
  const run = begin(device, to, how)
  const { signal } = device.power
  const isChild = run.about !== device.deviceId
  for (const step of courseOf(run.script, { from: run.from, to, isChild })) {
    if (!run.script.burst) await device.tick(signal).catch(() => {})
    if (signal.aborted) return false
    await take(device, run, step)
  }
  await run.delivery.flush()
  return !signal.aborted
}
