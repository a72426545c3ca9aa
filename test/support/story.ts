import { randomInt } from 'node:crypto'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { StartOptions } from '../../local/start-options.ts'
import { apiOf, localOfFile, patienceMs, startLocal } from './local-run.ts'

/** What every scenario starts from: a backend, wherever it runs, and patience with it. */

const {
  GROUNDCREW_URL: deployedUrl,
  GROUNDCREW_MQTT_URL: deployedMqttUrl,
  GROUNDCREW_TOKEN: token,
} = process.env

/** For the `skip` option of stories that alter the template, move the clock or look at queues. */
export const onlyLocal: string | false = deployedUrl
  ? 'looks inside the backend, which a deployed stage does not allow'
  : false

export type Backend = {
  mqttUrl: string
  /** As the operator who may do everything, unless another token is given. */
  api: ReturnType<typeof apiOf>
  /** `api`, for a request that must succeed: answers the body. */
  must: (...request: Parameters<ReturnType<typeof apiOf>>) => Promise<unknown>
  /**
   * Resolves when lists show what was written so far: indexes, and reads that need not be the newest, lag
   * behind.
   */
  untilCaughtUp: () => Promise<unknown>
  /** Has the sweeps run. A deployed stage does that by itself, within a minute. */
  tick: () => Promise<unknown>
  /** Reads again and again until it is as wanted; fails with what it read last. */
  until: <Value>(read: () => Promise<Value>, wanted: (value: Value) => boolean) => Promise<Value>
}

const until =
  (letWork: () => Promise<unknown>, patience = patienceMs): Backend['until'] =>
  async (read, wanted) => {
    const giveUpAt = Date.now() + patience
    for (;;) {
      const value = await read()
      if (wanted(value)) return value
      if (Date.now() > giveUpAt)
        throw new Error(`Not as wanted after ${patience / 1000} s: ${JSON.stringify(value, null, 2)}`)
      await letWork()
    }
  }

/** What every request that must succeed goes through. */
export const mustOf =
  (api: Backend['api']): Backend['must'] =>
  async (...request) => {
    const { status, body } = await api(...request)
    if (status < 300) return body
    throw new Error(`${request[0]} ${request[1]}: ${status} ${JSON.stringify(body)}`)
  }

const withPatience = (local: Awaited<ReturnType<typeof startLocal>>) => ({
  ...local,
  /** At rest is soon enough to look again; but a busy backend must not keep a story from watching. */
  until: until(() => Promise.race([Promise.all([local.idle(), pause(25)]), pause(50)])),
})

/** A local backend of the test's own, with everything that can be done to it. */
export const openLocal = async (t: TestContext, options: StartOptions = {}) =>
  withPatience(await startLocal(t, options))
export type Local = Awaited<ReturnType<typeof openLocal>>

/**
 * The same for all tests of a file, each of which asks for it; its clock and its faults are everybody's. Without
 * options it is one for all files of the process.
 */
export const shareLocal = (options?: StartOptions) => {
  const shared = localOfFile(options)
  return async (t: TestContext): Promise<Local> => withPatience(await shared(t))
}

/** A backend that runs elsewhere, looked at every so often. */
export const backendAt = (at: { url: string; mqttUrl: string; token?: string }, pauseMs = 50): Backend => {
  const call = apiOf(at.url.replace(/\/$/, ''))
  const known = at.token === undefined ? {} : { token: at.token }
  const api: Backend['api'] = (method, path, body, more) => call(method, path, body, { ...known, ...more })
  // "Within a second or less", says DynamoDB's Developer Guide of read consistency.
  const untilCaughtUp = () => pause(1_000)
  return {
    mqttUrl: at.mqttUrl,
    api,
    must: mustOf(api),
    untilCaughtUp,
    tick: async () => {},
    // Its clock strikes once a minute.
    until: until(() => pause(pauseMs), 4 * patienceMs),
  }
}

const deployed = (): Backend => {
  if (!deployedUrl || !deployedMqttUrl || !token)
    throw new Error('GROUNDCREW_URL also needs GROUNDCREW_MQTT_URL and GROUNDCREW_TOKEN')
  return backendAt({ url: deployedUrl, mqttUrl: deployedMqttUrl, token }, 500)
}

/**
 * The backend of a story: the deployed stage that `GROUNDCREW_URL`, `GROUNDCREW_MQTT_URL` and
 * `GROUNDCREW_TOKEN` name, else a local one of its own.
 */
export const openBackend = async (t: TestContext): Promise<Backend> =>
  deployedUrl ? deployed() : openLocal(t)

/** For a story beside others that look inside: their backend, or the deployed stage. */
export const orDeployed =
  (shared: ReturnType<typeof shareLocal>) =>
  async (t: TestContext): Promise<Backend> =>
    deployedUrl ? deployed() : shared(t)

/** The same for all tests of a file, each of which asks for it. */
export const shareBackend = (options?: StartOptions) => orDeployed(shareLocal(options))

const serial = (prefix: string): string => `${prefix}${randomInt(1e10).toString().padStart(10, '0')}`

/** Serial numbers and fleets that no other story has: a deployed stage remembers. */
export const newDockSn = (): string => serial('7CTDM')
export const newAircraftSn = (): string => serial('1581F')
export const newFleet = (): string => serial('fleet-')
