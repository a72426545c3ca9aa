import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { deviceIdPattern, nativeTopicsOf, topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { ticker } from '../pace.ts'
import { createDeviceLink, type DeviceLink } from './link.ts'
import { iotdaLogin, type Login } from './login.ts'
import { greetingMessage } from './messages.ts'
import { type Request, readRequests } from './offer.ts'
import type { HuaweiDeviceEvents, HuaweiDeviceOptions, UpgradeOptions } from './options.ts'
import { sdkOf } from './sdks.ts'
import { type Device, obeyOffer, playUpgrade, restart, sayVersion } from './upgrade.ts'

/** A running simulated device, with the children behind it. */
export type HuaweiDeviceHandle = {
  deviceId: string
  /** The device's current version. */
  readonly version: string
  /** The current versions of the device and each of its children. */
  versions: ReadonlyMap<string, string>
  events: EventEmitter<HuaweiDeviceEvents>
  /**
   * Plays an upgrade to the version `to`. Resolves once the broker has every message of it (at QoS 0: once
   * they are sent), with false if the device was closed before. Rejects for an unknown child, or if the
   * broker does not accept the device after a restart.
   */
  upgrade: (to: string, options?: UpgradeOptions) => Promise<boolean>
  /** Reports the version of the device, or one of its children, without a question. */
  reportVersion: (child?: string) => Promise<void>
  /** Power off and on: disconnects without a DISCONNECT, and reconnects after one step of the pace. */
  reboot: () => Promise<void>
  /** Disconnects; upgrades end where they are. Safe to repeat. */
  close: () => Promise<void>
}

const loginOf = (options: HuaweiDeviceOptions, now: number): Login => {
  const { deviceId, secret, signType, clientId = deviceId, username, password } = options
  if (secret !== undefined) return iotdaLogin({ deviceId, secret, ...(signType && { signType }) }, now)
  return {
    clientId,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  }
}

const greet = (device: Device, connected: 'start' | 'again'): void => {
  const { deviceId, script, now, publishAs, versions } = device
  const speaker = { deviceId, about: deviceId, script, time: now() }
  const greeting = greetingMessage(speaker, versions.get(deviceId) ?? '', connected)
  if (greeting !== undefined) void publishAs(script)(greeting)
}

/** Emits each change once, however often a retrying client announces it. */
const stateReporter = (device: () => Device) => {
  let isOnline = false
  return {
    online: (connected: 'start' | 'again') => {
      isOnline = true
      device().events.emit('online')
      greet(device(), connected)
    },
    offline: () => {
      if (!isOnline) return
      isOnline = false
      device().events.emit('offline')
    },
  }
}

const answer = async (device: Device, about: string, afterMs: number): Promise<void> => {
  device.events.emit('asked', { deviceId: about })
  const { signal } = device.power
  if (afterMs > 0) await pause(afterMs, undefined, { signal }).catch(() => {})
  if (!signal.aborted) await sayVersion(device, about)
}

/** Handles offers one after the other, like SDKs with one thread for them. */
const takeUp = (device: () => Device, answersAfterMs = 0) => {
  let offers = Promise.resolve<unknown>(undefined)
  const take = (request: Request): void => {
    const { events, versions, power } = device()
    if (!versions.has(request.about)) return
    if (request.kind === 'versionQuery') return void answer(device(), request.about, answersAfterMs)
    const { about: deviceId, offer } = request
    events.emit('offered', { deviceId, offer })
    const obey = async () => {
      if (power.signal.aborted) return
      const done = await obeyOffer(device(), deviceId, offer)
      if (done) events.emit('done', { deviceId })
    }
    offers = offers.then(obey).catch((error) => events.emit('stopped', { deviceId, reason: String(error) }))
  }
  return (payload: string): void => {
    for (const request of readRequests(device().deviceId, payload)) take(request)
  }
}

const topicsFor = ({ deviceId, topics }: HuaweiDeviceOptions) =>
  topics === 'native' ? nativeTopicsOf(deviceId) : topicsOf(deviceId)

const linkOf = (options: HuaweiDeviceOptions, device: () => Device): DeviceLink =>
  createDeviceLink({
    mqttUrl: options.mqttUrl,
    login: () => loginOf(options, device().now()),
    topics: options.subscribes === false ? [] : [topicsFor(options).requests],
    received: takeUp(device, options.answersAfterMs),
    ...stateReporter(device),
  })

/** A device that is not connected yet. */
const createDevice = (options: HuaweiDeviceOptions): Device => {
  const { deviceId, children = [], version = 'v1.0.0', script = {}, pace = 'demo' } = options
  const ids = [deviceId, ...children]
  for (const id of ids) if (!deviceIdPattern.test(id)) throw new TypeError(`"${id}" is not a device id`)
  const topic = topicsFor(options).events
  const link = linkOf(options, () => device)
  const device: Device = {
    deviceId,
    script,
    link,
    events: new EventEmitter<HuaweiDeviceEvents>(),
    versions: new Map(ids.map((id) => [id, version])),
    carries: options.package ?? 'both',
    tick: ticker(pace),
    now: options.now ?? Date.now,
    publishAs: (as) => (payload) => link.publish(topic, payload, options.qos ?? sdkOf(as.sdk).qos),
    power: new AbortController(),
    begun: 0,
    downloads: options.downloads ?? ((work) => work()),
  }
  return device
}

/**
 * Starts a device as an MQTT client that reports its upgrades to IoTDA as its SDK does (see `sdks`), answers
 * the question for its version, and downloads and installs what it is offered. Resolves when it is connected;
 * rejects if the broker cannot be reached or refuses it, and for an invalid id.
 */
export const startHuaweiDevice = async (options: HuaweiDeviceOptions): Promise<HuaweiDeviceHandle> => {
  const device = createDevice(options)
  const { deviceId, versions, events, link, power } = device
  await link.open()
  return {
    get version() {
      return versions.get(deviceId) ?? ''
    },
    deviceId,
    versions,
    events,
    upgrade: (to, how = {}) => playUpgrade(device, to, how),
    reportVersion: (child = deviceId) => sayVersion(device, child),
    reboot: () => restart(device),
    close: async () => {
      power.abort()
      await link.end()
    },
  }
}
