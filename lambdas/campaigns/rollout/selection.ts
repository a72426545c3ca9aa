import type { Table } from '../../table/client.ts'
import { listKeys, readListed } from '../../table/pages.ts'
import { type Device, readDevice } from '../../upgrades/devices.ts'
import { type Traits, traitStore } from '../../upgrades/traits.ts'
import { hasLabels } from '../rules/cut.ts'
import type { Campaign } from '../store.ts'
import type { Select } from './select.ts'

/** Finds the devices that match a campaign's `select`, in the list of all devices of its fleet. */

/** A device with its traits. */
export type Described = { device: Device; traits: Traits }

export const withTraits = async (table: Table, devices: readonly Device[]): Promise<Described[]> => {
  const traits = await traitStore(table).of(devices.map(({ deviceId }) => deviceId))
  return devices.map((device, n) => ({ device, traits: traits[n] ?? {} }))
}

/** Whether a device matches each field that `select` gives. */
const fits =
  ({ models, versions, labels = {} }: Select, { package: of }: Pick<Campaign, 'package'>) =>
  ({ device, traits }: Described): boolean => {
    const version = device.registers[of]?.version
    return (
      (!models || (traits.model !== undefined && models.includes(traits.model))) &&
      (!versions || (version !== undefined && versions.includes(version))) &&
      hasLabels(traits, labels)
    )
  }

/** Devices per page. */
export const pageOf = 500

/** The matching devices of the next page; `next`: where to continue, undefined at the end. */
export const selectedPage = async (
  table: Table,
  campaign: Pick<Campaign, 'package' | 'fleet'>,
  select: Select,
  cursor: string | undefined,
): Promise<{ devices: Described[]; next: string | undefined }> => {
  const { fleet } = campaign
  const query = { kind: 'device' as const, fleets: fleet === undefined ? ('all' as const) : [fleet] }
  const { items, next } = await listKeys(table, query, { limit: pageOf, cursor })
  const listed = (await readListed(table, query, items)).map((item) => readDevice(item))
  const devices = (await withTraits(table, listed)).filter(fits(select, campaign))
  return { devices, next }
}
