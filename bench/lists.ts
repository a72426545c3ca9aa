import { countCampaign } from '../lambdas/campaigns/counts.ts'
import { dockStore } from '../lambdas/registry/store.ts'
import { countedIn, deviceKey } from '../lambdas/table/keys.ts'
import { openTable, type Usage } from '../test/support/table.ts'
import { putAll } from './put-all.ts'
import { printTable } from './table.ts'

/**
 * The cost of reads over many items: a list whose filter matches nothing, and the counts of a campaign. Read
 * units by the meter of the table emulator.
 */

type Item = Record<string, unknown>

const dock = (n: number): Item => {
  const dockSn = `7CTDL${String(n).padStart(8, '0')}`
  const index = { kind: 'dock', kindKey: `crowd#${dockSn}` }
  return { pk: `DOCK#${dockSn}`, sk: 'DOCK', dockSn, fleet: 'crowd', createdAt: 1, ...index }
}

const device = (n: number): Item => {
  const deviceId = `5e06bfee334dd4f33759f5b3_${String(n).padStart(8, '0')}`
  const state =
    n % 20 === 0 ? { state: 'failed', reason: 'lowBattery' } : { state: 'succeeded', evidence: 'confirmed' }
  return {
    ...deviceKey(deviceId),
    ...state,
    countedIn: countedIn('bench', deviceId),
    version: `2.0.${n % 3}`,
  }
}

const read = (used: readonly Usage[]): number =>
  used.filter(({ kind }) => kind === 'read').reduce((sum, { units }) => sum + units, 0)

export type MeasuredLists = { text: string; listUnits: number }

/** @throws Error if a count is wrong, or a list finds something absent. */
export const measureLists = async (docks: number, devices: number): Promise<MeasuredLists> => {
  const { table, used } = openTable({ hasRates: false })
  await putAll(
    table,
    Array.from({ length: docks }, (_, n) => dock(n)),
  )
  used.splice(0)
  const page = await dockStore(table).list(['nobody'], { limit: 50 })
  if (page.items.length > 0 || page.next === undefined) throw new Error('the list found what is not there')
  const listUnits = read(used)

  await putAll(
    table,
    Array.from({ length: devices }, (_, n) => device(n)),
  )
  used.splice(0)
  const began = performance.now()
  const { states } = await countCampaign(table, 'bench')
  const seconds = (performance.now() - began) / 1000
  if (states.failed !== Math.ceil(devices / 20)) throw new Error(`counted ${JSON.stringify(states)}`)
  const rows = [
    [`a page of ${docks} docks by a filter that fits none`, listUnits.toFixed(1), ''],
    [`the counts of a campaign of ${devices} devices`, read(used).toFixed(1), seconds.toFixed(1)],
  ]
  return { text: printTable(['A look', 'read units', 'seconds here'], rows), listUnits }
}
