import { asQuery, ifNew, must, mustDo, type OnlyIfNew, type Paging } from '../call.ts'
import { listOf } from '../pages.ts'
import { NotFoundError } from '../problems.ts'
import type { Body, Filter, UpgradeAttempt, UpgradeState } from '../records.ts'
import type { Transport } from '../transport.ts'
import { type WaitOptions, waitUntilOver } from '../waiting.ts'

/** An address of an attempt; the record itself is one. */
export type OfDevice = { deviceId: string; id: string }

const open: ReadonlySet<UpgradeState> = new Set(['pending', 'upgrading'])

/** What devices run, and attempts to upgrade them. */
export const devicesOf = (api: Transport) => ({
  /** Registers it, or replaces what operators said of it. @throws AlreadyExistsError, with `onlyIfNew` */
  register: (deviceId: string, body: Body<'registerDevice'> = {}, more: OnlyIfNew = {}) =>
    must(api.PUT('/v1/devices/{deviceId}', { params: { path: { deviceId }, header: ifNew(more) }, body })),
  /** Changes what is given, and nothing else; null takes it away. */
  change: (deviceId: string, body: Body<'changeDevice'>) =>
    must(api.PATCH('/v1/devices/{deviceId}', { params: { path: { deviceId } }, body })),
  /** Removes one that is not being upgraded; its records stay until their time. @throws DeviceInUseError */
  remove: (deviceId: string): Promise<void> =>
    mustDo(api.DELETE('/v1/devices/{deviceId}', { params: { path: { deviceId } } })),
  /** What a device runs, and how its upgrade stands. */
  upgrade: (deviceId: string) =>
    must(api.GET('/v1/devices/{deviceId}/upgrade', { params: { path: { deviceId } } })),
})

export const upgradesOf = (api: Transport) => {
  const attempts = (deviceId: string, query: Paging = {}) =>
    listOf<UpgradeAttempt>((cursor) =>
      must(
        api.GET('/v1/devices/{deviceId}/upgrade-attempts', {
          params: { path: { deviceId }, query: asQuery(query, cursor) },
        }),
      ),
    )
  /** The device's newest attempt is the one, as a rule. */
  const find = async ({ deviceId, id }: OfDevice): Promise<UpgradeAttempt> => {
    const { attempt } = await must(
      api.GET('/v1/devices/{deviceId}/upgrade', { params: { path: { deviceId } } }),
    )
    if (attempt?.id === id) return attempt
    for await (const one of attempts(deviceId)) if (one.id === id) return one
    throw new NotFoundError(404, 'There is no such record', {
      type: 'not-found',
      detail: `The device ${deviceId} has no attempt ${id}.`,
    })
  }
  const path = '/v1/devices/{deviceId}/upgrade-attempts/{id}'
  return {
    /** Devices by the state of their upgrade and the version that they report. */
    list: (query: Filter<'listUpgrades'> & Paging = {}) =>
      listOf((cursor) => must(api.GET('/v1/upgrades', { params: { query: asQuery(query, cursor) } }))),
    attempts,
    get: find,
    /** Offers a device a package, or expects it to reach a version by another platform. */
    open: (deviceId: string, body: Body<'openUpgradeAttempt'>): Promise<UpgradeAttempt> =>
      must(api.POST('/v1/devices/{deviceId}/upgrade-attempts', { params: { path: { deviceId } }, body })),
    /** Expects nothing more of an attempt; the device is not told. */
    close: ({ deviceId, id }: OfDevice): Promise<UpgradeAttempt> =>
      must(api.POST(`${path}/close`, { params: { path: { deviceId, id } }, body: {} })),
    /** Every report of an attempt, newest first. */
    reports: ({ deviceId, id }: OfDevice, query: Paging = {}) =>
      listOf((cursor) =>
        must(
          api.GET(`${path}/reports`, { params: { path: { deviceId, id }, query: asQuery(query, cursor) } }),
        ),
      ),
    /** Resolves with the attempt once it has succeeded, failed, or nothing more is expected of it. */
    waitFor: (of: OfDevice, options?: WaitOptions<UpgradeAttempt>): Promise<UpgradeAttempt> =>
      waitUntilOver({ read: () => find(of), isOver: ({ state }) => !open.has(state) }, options),
  }
}
