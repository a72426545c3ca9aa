import type { Handlers } from '../http/on-http.ts'
import {
  done,
  exists,
  type InputError,
  invalid,
  notYoursToRegister,
  ok,
  problem,
  unknownDevice,
} from '../http/reply.ts'
import type { Table } from '../table/client.ts'
import { deviceKey } from '../table/keys.ts'
import { type Fleets, includes } from '../table/pages.ts'
import { changeSettings, mayHaveMoved, placing, replaceSettings } from '../table/settings.ts'
import { isOpen } from './attempts.ts'
import { isNameable, readDevice } from './devices.ts'
import { removeDevice } from './remove-device.ts'
import type { upgradeStore } from './store.ts'
import type { traitStore } from './traits.ts'
import { attemptHref, registrationView } from './view.ts'

/**
 * Registers devices, changes and removes them, and which gateway may report for them; for some fleets it changes those
 * that are in them. A gateway hears what its devices are asked, so it must be in one of these fleets too. Safe
 * to repeat: the same settings again change nothing, and complete what was cut off between the two writes.
 */

type Needs = {
  table: Table
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get'>
  traits: Pick<ReturnType<typeof traitStore>, 'replace' | 'change'>
  now: () => number
}

export type DeviceRoute = 'registerDevice' | 'changeDevice' | 'deleteDevice'

export const registerDevices = ({ table, upgrades, traits, now }: Needs): Handlers<DeviceRoute> => {
  const faultOf = async (
    deviceId: string,
    parentId: string | null | undefined,
    fleets: Fleets,
  ): Promise<InputError | undefined> => {
    if (parentId === undefined || parentId === null) return undefined
    if (parentId === deviceId) return { path: 'parentId', message: 'a device is not its own gateway' }
    if (fleets === 'all' || isNameable(await upgrades.get(parentId), fleets)) return undefined
    return { path: 'parentId', message: 'must be a device in a fleet of yours' }
  }

  return {
    registerDevice: async ({ params: { deviceId }, body, fleets, onlyIfNew }) => {
      const { fleet, parentId, ...said } = body
      const fault = await faultOf(deviceId, parentId, fleets)
      if (fault) return invalid([fault])
      const place = placing(fleet)
      const settings = {
        ...{ ...place.settings, parentId, kind: 'device', kindKey: deviceId },
        expiresAt: undefined,
      }
      const once = { ...place.once, registeredAt: now() }
      const item = await replaceSettings(table, deviceKey(deviceId), { settings, once, onlyIfNew }, fleets)
      if (item === 'exists') return exists(`/v1/devices/${deviceId}`)
      if (item === 'notYours') return notYoursToRegister('device')
      await traits.replace(deviceId, said)
      return ok(registrationView(readDevice(item), said))
    },

    changeDevice: async ({ params: { deviceId }, body, fleets }) => {
      const { fleet, parentId, ...said } = body
      const fault = await faultOf(deviceId, parentId, fleets)
      if (fault) return invalid([fault])
      const settings = {
        ...(fleet === undefined ? {} : { fleet }),
        ...(parentId === undefined ? {} : { parentId }),
        kindKey: deviceId,
      }
      const item = await changeSettings(table, deviceKey(deviceId), settings, fleets)
      if (!item) return mayHaveMoved(fleet, fleets) ? notYoursToRegister('device') : unknownDevice(deviceId)
      return ok(registrationView(readDevice(item), await traits.change(deviceId, said)))
    },

    deleteDevice: async ({ params: { deviceId }, fleets }) => {
      const device = await upgrades.get(deviceId)
      if (!device || device.isRemoved || !includes(fleets, device.fleet)) return unknownDevice(deviceId)
      if (device.attempt && isOpen(device, now()))
        return problem('device-in-use', 'Close the attempt at `href`, or wait until it has ended.', {
          href: attemptHref(deviceId, device.attempt.id),
        })
      return (await removeDevice(table, device, now()))
        ? done()
        : problem('try-again', 'The device was changed, or reported, in this very moment.')
    },
  }
}
