import type { Handlers } from '../http/on-http.ts'
import { invalid, notYoursToRegister, ok } from '../http/reply.ts'
import type { Table } from '../table/client.ts'
import { deviceKey } from '../table/keys.ts'
import { placing, replaceSettings } from '../table/settings.ts'
import { isNameable, readDevice } from './devices.ts'
import type { upgradeStore } from './store.ts'
import type { traitStore } from './traits.ts'
import { registrationView } from './view.ts'

/**
 * Registers devices, and which gateway may report for them; for some fleets it changes those that are in
 * them. A gateway hears what its devices are asked, so it must be in one of these fleets too. Safe to repeat:
 * the same settings again change nothing, and complete what was cut off between the two writes.
 */

type Needs = {
  table: Table
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get'>
  traits: Pick<ReturnType<typeof traitStore>, 'replace'>
  now: () => number
}

export const registerDevices = ({ table, upgrades, traits, now }: Needs): Handlers<'registerDevice'> => ({
  registerDevice: async ({ params: { deviceId }, body, fleets }) => {
    const { fleet, parentId, ...said } = body
    if (parentId === deviceId)
      return invalid([{ path: 'parentId', message: 'a device is not its own gateway' }])
    if (parentId !== undefined && fleets !== 'all' && !isNameable(await upgrades.get(parentId), fleets))
      return invalid([{ path: 'parentId', message: 'must be a device in a fleet of yours' }])
    const place = placing(fleet)
    const settings = { ...place.settings, parentId, kind: 'device', kindKey: deviceId }
    const once = { ...place.once, registeredAt: now() }
    const item = await replaceSettings(table, deviceKey(deviceId), settings, once, fleets)
    if (!item) return notYoursToRegister('device')
    await traits.replace(deviceId, said)
    return ok(registrationView(readDevice(item), said))
  },
})
