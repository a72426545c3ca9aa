import type { Handlers } from '../http/on-http.ts'
import {
  alreadyExists,
  done,
  type InputError,
  invalid,
  notYoursToRegister,
  ok,
  problem,
  unknownDevice,
} from '../http/reply.ts'
import type { Table } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { deviceKey } from '../table/keys.ts'
import { changeSettings, mayHaveMoved, placing, replaceSettings } from '../table/settings.ts'
import { isOpen } from './attempts.ts'
import { isNameable, readDevice } from './devices.ts'
import { removeDevice } from './remove-device.ts'
import type { upgradeRoutes } from './routes.ts'
import type { upgradeStore } from './store.ts'
import type { traitStore } from './traits.ts'
import { attemptHref, registrationView } from './view.ts'

/**
 * Registers, changes and removes devices, and sets which gateway may report for them. A caller for some
 * fleets changes only devices in those. A gateway hears the questions to its devices, so it must be in one of
 * these fleets too. Idempotent. All that is given is written, or nothing.
 */

type Needs = {
  table: Table
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get'>
  traits: Pick<ReturnType<typeof traitStore>, 'of' | 'replacing' | 'changing'>
  now: () => number
}

/** A gateway hears the questions to its devices: one in the old fleet would go on hearing them. */
const staysOrIsFree = '(attribute_not_exists(parentId) OR fleet = :fleet)'
const stillBehind: InputError = {
  path: 'parentId',
  message: 'is in the fleet that the device leaves: with `fleet`, give `parentId` again, another, or null',
}

type DeviceRoute = 'registerDevice' | 'changeDevice' | 'deleteDevice'

export const registerDevices = ({
  table,
  upgrades,
  traits,
  now,
}: Needs): Handlers<typeof upgradeRoutes, DeviceRoute> => {
  const faultOf = async (
    deviceId: string,
    parentId: string | null | undefined,
    fleets: Fleets,
  ): Promise<InputError | undefined> => {
    if (parentId === undefined || parentId === null) return undefined
    if (parentId === deviceId) return { path: 'parentId', message: 'a device is not its own gateway' }
    if (fleets === 'all' || isNameable(await upgrades.get(parentId), fleets)) return undefined
    return { path: 'parentId', message: 'must be a device in one of your fleets' }
  }

  const isThere = async (deviceId: string): Promise<boolean> => {
    const device = await upgrades.get(deviceId)
    return device !== undefined && !device.isRemoved
  }

  return {
    registerDevice: async ({ params: { deviceId }, body, fleets, onlyIfNew }) => {
      const { fleet, parentId, ...traitsGiven } = body
      const fault = await faultOf(deviceId, parentId, fleets)
      if (fault) return invalid([fault])
      const place = placing(fleet)
      const settings = {
        ...place.settings,
        parentId,
        kind: 'device',
        kindKey: deviceId,
        expiresAt: undefined,
      }
      const once = { ...place.once, registeredAt: now() }
      const beside = traits.replacing(deviceId, traitsGiven)
      const given = { settings, once, onlyIfNew, beside }
      const item = await replaceSettings(table, deviceKey(deviceId), given, fleets)
      if (item === 'exists') return alreadyExists(`/v1/devices/${deviceId}`)
      if (item === 'notYours') return notYoursToRegister('device')
      return ok(registrationView(readDevice(item), traitsGiven))
    },

    changeDevice: async ({ params: { deviceId }, body, fleets }) => {
      const { fleet, parentId, ...changed } = body
      const fault = await faultOf(deviceId, parentId, fleets)
      if (fault) return invalid([fault])
      const settings = {
        ...(fleet === undefined ? {} : { fleet }),
        ...(parentId === undefined ? {} : { parentId }),
        kindKey: deviceId,
      }
      const mayKeep = fleet === undefined || parentId !== undefined
      const item = await changeSettings(table, deviceKey(deviceId), settings, fleets, {
        mustBe: mayKeep ? [] : [staysOrIsFree],
        beside: traits.changing(deviceId, changed),
      })
      if (!item && mayHaveMoved(fleet, fleets)) return notYoursToRegister('device')
      if (!item)
        return mayKeep || !(await isThere(deviceId)) ? unknownDevice(deviceId) : invalid([stillBehind])
      const [current] = await traits.of([deviceId], true)
      return ok(registrationView(readDevice(item), current))
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
        : problem('try-again', 'The device was changed, or reported, at this very moment.')
    },
  }
}
