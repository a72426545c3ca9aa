import * as z from 'zod'
import { wireApi } from './api.ts'
import { openTable } from './table.ts'

/** What stories of starting uploads begin with. */

export const Started = z.object({
  id: z.string(),
  state: z.string(),
  archives: z.array(
    z.object({ module: z.string(), objectKey: z.string(), bootIndexes: z.array(z.number()) }),
  ),
})

/** Three logs of two machines, one named twice. */
export const byBoot = {
  selections: [
    { module: 'dock', bootIndexes: [2, 4, 2] },
    { module: 'aircraft', bootIndexes: [11] },
  ],
}

/** A table for the tests of a suite; what it gives sets up a dock of its own that has listed its logs. */
export const docksToStart = () => {
  const world = openTable()
  let docks = 0

  return async () => {
    const api = wireApi(world.table)
    docks += 1
    const dockSn = `DOCK${docks}`
    await api.listedDock(dockSn)
    const start = (body: unknown = byBoot, headers: Record<string, string> = {}) =>
      api.call('startUpload', { params: { dockSn }, body, headers })
    const slot = async () => (await api.docks.find(dockSn, 'all'))?.activeUpload
    const uploads = async () => (await api.uploads.ofDock(dockSn, {})).items
    return { api, dockSn, start, slot, uploads, table: world.table }
  }
}
