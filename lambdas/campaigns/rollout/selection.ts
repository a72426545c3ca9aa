import type { Table } from '../../table/client.ts'
import { listKeys, readListed } from '../../table/pages.ts'
import { type Device, readDevice } from '../../upgrades/devices.ts'
import { type Traits, traitStore } from '../../upgrades/traits.ts'
import { hasLabels } from '../rules/cut.ts'
import type { Campaign } from '../store.ts'
import type { Select } from './select.ts'

/** The devices that a campaign's `select` names, from the list of all devices of its fleet. */

/** A device with what operators say of it. */
export type Described = { device: Device; traits: Traits }

export const withTraits = async (table: Table, devices: readonly Device[]): Promise<Described[]> => {
  const traits = await traitStore(table).of(devices.map(({ deviceId }) => deviceId))
  return devices.map((device, n) => ({ device, traits: traits[n] ?? {} }))
}

/** Whether a device is one that the campaign is for: of all that is named, each has to fit. */
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

/** Devices that are read at once. */
export const pageOf = 500

/** Those of the next page that fit; `next`: where to go on, undefined at the end. */
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
