import { createHash } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { Tick } from '../pace.ts'
import { courseOf } from './course.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import type { DeviceLink } from './link.ts'
import { type Package, progressMessage, type Speaker, versionMessage } from './messages.ts'
import type { PackageOffer } from './offer.ts'
import type { HuaweiDeviceEvents, InTurn, UpgradeOptions } from './options.ts'
import { fetchPackage } from './package.ts'
import type { Script } from './script.ts'
import type { Step } from './sdks.ts'

/**
 * A device's internal state. `versions` changes with upgrades, `begun` counts the upgrades that began;
 * `power` is aborted when the device is closed.
 */
export type Device = {
  deviceId: string
  script: Script
  events: EventEmitter<HuaweiDeviceEvents>
  versions: Map<string, string>
  carries: Package
  tick: Tick
  now: () => number
  link: DeviceLink
  /** Publishes a report at the script's QoS. */
  publishAs: (script: Script) => (payload: string) => Promise<void>
  power: AbortController
  begun: number
  downloads: InTurn
}

/** A running upgrade: its script, its device, both versions, and the delivery to the broker. */
type Run = { script: Script; about: string; from: string; to: string; delivery: Delivery; time: () => number }

const versionOf = (device: Device, about: string): string => {
  const version = device.versions.get(about)
  if (version === undefined) throw new TypeError(`${device.deviceId} has no child ${about}`)
  return version
}

/** Reports the version of the device or its child `about`. Rejects for an unknown child. */
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

/** Power off and on, with `whileOff` in between. A device that is closed meanwhile stays off, unchanged. */
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
  else if (step === 'leave') {
    device.power.abort()
    device.link.cut()
  } else if (step === 'reportVersion') await sayVersion(device, about, script, delivery)
  else {
    for (const report of step.send) device.events.emit('reported', { deviceId: about, report })
    const speaker: Speaker = { deviceId: device.deviceId, about, script, time: run.time() }
    await delivery.send(progressMessage(speaker, step.send))
  }
}

/** Whether a fault with a percentage affects a device's nth upgrade; deterministic. */
const isAffected = (about: string, nth: number, percent: number): boolean =>
  createHash('sha256').update(`${about} ${nth}`).digest().readUInt32BE() % 100 < percent

const begin = (device: Device, to: string, { script = device.script, child }: UpgradeOptions): Run => {
  const about = child ?? device.deviceId
  const from = versionOf(device, about)
  const startedAt = device.now()
  device.begun += 1
  const { failure, failurePercent = 100, ...rest } = script
  const fails = failure !== undefined && isAffected(about, device.begun, failurePercent)
  return {
    script: fails ? { ...rest, failure } : rest,
    about,
    to,
    from,
    delivery: createDelivery(script, device.publishAs(script)),
    time: script.burst ? () => startedAt : device.now,
  }
}

/** Plays an upgrade step by step. False if the device was closed before its end. */
const play = async (device: Device, run: Run, downloaded: boolean): Promise<boolean> => {
  const { signal } = device.power
  const { script, from, to } = run
  const isChild = run.about !== device.deviceId
  for (const step of courseOf(script, { from, to, isChild }, { downloaded })) {
    if (!script.burst) await device.tick(signal).catch(() => {})
    if (signal.aborted) return false
    await take(device, run, step)
  }
  await run.delivery.flush()
  return !signal.aborted
}

/** Plays an upgrade without an offer or download. False if the device was closed before its end. */
export const playUpgrade = async (device: Device, to: string, how: UpgradeOptions): Promise<boolean> =>
  play(device, begin(device, to, how), false)

/**
 * Handles an offer: downloads the package, and continues as its SDK does with a correct or faulty one. False
 * if the device was closed before its end.
 */
export const obeyOffer = async (device: Device, about: string, offer: PackageOffer): Promise<boolean> => {
  const run = begin(device, offer.version, { child: about })
  const { signal } = device.power
  if (run.script.upToDate) return play(device, run, false)
  const wrong = await fetchPackage(
    { script: run.script, offer, from: run.from },
    {
      signal,
      within: device.downloads,
      report: (step) => take(device, run, step),
      fetched: (result) => device.events.emit('fetched', { deviceId: about, result }),
    },
  )
  const script = wrong === undefined ? run.script : { ...run.script, failure: wrong }
  return play(device, { ...run, script }, !script.several)
}
