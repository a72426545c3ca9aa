import { asQuery, ifNew, must, mustDo, type OnlyIfNew, type Paging } from '../call.ts'
import { listOf } from '../pages.ts'
import { NotFoundError } from '../problems.ts'
import type { Body, Filter, UpgradeAttempt, UpgradeState } from '../records.ts'
import type { Transport } from '../transport.ts'
import { type WaitOptions, waitUntilOver } from '../waiting.ts'

/** The address of an attempt; the record itself fits too. */
export type OfDevice = { deviceId: string; id: string }

const open: ReadonlySet<UpgradeState> = new Set(['pending', 'upgrading'])

/** The versions of devices, and attempts to upgrade them. */
export const devicesOf = (api: Transport) => ({
  /** Registers a device, or replaces the operators' fields. @throws AlreadyExistsError, with `onlyIfNew` */
  register: (deviceId: string, body: Body<'registerDevice'> = {}, more: OnlyIfNew = {}) =>
    must(api.PUT('/v1/devices/{deviceId}', { params: { path: { deviceId }, header: ifNew(more) }, body })),
  /** Changes only the given fields; null removes a field. */
  change: (deviceId: string, body: Body<'changeDevice'>) =>
    must(api.PATCH('/v1/devices/{deviceId}', { params: { path: { deviceId } }, body })),
  /**
   * Removes a device without an open upgrade; its records stay until they expire. @throws DeviceInUseError
   */
  remove: (deviceId: string): Promise<void> =>
    mustDo(api.DELETE('/v1/devices/{deviceId}', { params: { path: { deviceId } } })),
  /** A device's version, and its upgrade. */
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
  /** Usually the device's newest attempt is the one. */
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
    /** Devices by the state of their upgrade and their reported version. */
    list: (query: Filter<'listUpgrades'> & Paging = {}) =>
      listOf((cursor) => must(api.GET('/v1/upgrades', { params: { query: asQuery(query, cursor) } }))),
    attempts,
    get: find,
    /** Offers a device a package, or expects it to reach a version through another platform. */
    open: (deviceId: string, body: Body<'openUpgradeAttempt'>): Promise<UpgradeAttempt> =>
      must(api.POST('/v1/devices/{deviceId}/upgrade-attempts', { params: { path: { deviceId } }, body })),
    /** Closes an attempt; the device is not told. */
    close: ({ deviceId, id }: OfDevice): Promise<UpgradeAttempt> =>
      must(api.POST(`${path}/close`, { params: { path: { deviceId, id } }, body: {} })),
    /** Every report of an attempt, newest first. */
    reports: ({ deviceId, id }: OfDevice, query: Paging = {}) =>
      listOf((cursor) =>
        must(
          api.GET(`${path}/reports`, { params: { path: { deviceId, id }, query: asQuery(query, cursor) } }),
        ),
      ),
    /** Resolves with the attempt once it has succeeded, failed, or was closed. */
    waitFor: (of: OfDevice, options?: WaitOptions<UpgradeAttempt>): Promise<UpgradeAttempt> =>
      waitUntilOver({ read: () => find(of), isOver: ({ state }) => !open.has(state) }, options),
  }
}
