import { eachOf } from '../../runtime/each-of.ts'
import { errorFields } from '../../runtime/error-fields.ts'
import { log } from '../../runtime/log.ts'
import type { Table } from '../../table/client.ts'
import type { Fleets } from '../../table/fleets.ts'
import { deviceKey } from '../../table/keys.ts'
import { readAll } from '../../table/pages.ts'
import { defaultFleet } from '../../table/settings.ts'
import { isNameable, readDevice } from '../../upgrades/devices.ts'
import type { Docks } from '../../upgrades/docks/needs.ts'
import type { JoinResult } from '../join.ts'
import type { Campaign } from '../store.ts'
import { rolloutRows } from './rows.ts'

const writtenAtOnce = 25

/** `docks`: given if the package is for docks; docks' machines belong to the fleet of their dock. */
type ChooseOptions = { fleets: Fleets; now: () => number; until: number; docks: Docks | undefined }

/**
 * Chooses devices for a campaign that has not started; results are in the order of `deviceIds`. Nothing is
 * sent to the devices before their phase opens. Idempotent.
 */
export const chooseDevices = async (
  table: Table,
  campaign: Campaign,
  deviceIds: readonly string[],
  { fleets, now, until, docks }: ChooseOptions,
): Promise<JoinResult[]> => {
  const rows = rolloutRows(table, campaign.id)
  const devices = (await readAll(table, deviceIds.map(deviceKey), true)).map(
    (item) => item && readDevice(item),
  )
  const results = new Map<string, JoinResult>()
  await eachOf([...deviceIds.entries()], writtenAtOnce, async ([n, deviceId]) => {
    if (now() >= until) return
    try {
      const device = devices[n] ?? (await docks?.withMachine(deviceId, now()))
      const fleet = device?.fleet ?? defaultFleet
      const isPermitted = isNameable(device, fleets) && (campaign.fleet ?? fleet) === fleet
      if (!isPermitted) results.set(deviceId, { deviceId, outcome: 'notPermitted' })
      else {
        const outcome = (await rows.choose({ deviceId }, now())) ? 'chosen' : 'alreadyIn'
        results.set(deviceId, { deviceId, outcome, ...(device ? {} : { unknown: true }) })
      }
    } catch (error) {
      log('deviceNotAdded', { campaignId: campaign.id, deviceId, ...errorFields(error) })
    }
  })
  return deviceIds.map((deviceId) => results.get(deviceId) ?? { deviceId, outcome: 'notDone' })
}
