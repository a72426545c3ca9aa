import type { Known } from '../presence/state.ts'
import { knownOf } from '../presence/store.ts'
import { type Dock, dockIn, readDock, type Signs, signsOf } from '../registry/store.ts'
import type { Table } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { dockKey, foreignKey, heardKey, presenceKey, topologyKey } from '../table/keys.ts'
import { listKeys, type Page, type PageRequest, readAll, readListed } from '../table/pages.ts'

/**
 * What is read about docks besides their uploads. It is in several small items, since each has other writers,
 * and is read in one request: sequential requests would delay a page.
 */

/** When a dock was last heard, and what is known about its presence. */
type Look = { signs: Signs; known: Known }
export type Seen = Look & { dock: Dock }

const kinds = [heardKey, foreignKey, presenceKey, topologyKey]

type Item = Record<string, unknown> | undefined

const lookOf = ([heard, foreign, registers, topology]: readonly Item[]): Look => {
  const signs = signsOf(heard, foreign)
  return { signs, known: { ...knownOf(registers, topology), answeredAt: signs.listedAt } }
}

const snOf = (pk: string): string => pk.slice(dockKey('').pk.length)

export const dockLooks = (table: Table) => ({
  /** A dock, if it is registered and in one of the fleets. Strongly consistent. */
  find: async (dockSn: string, fleets: Fleets): Promise<Seen | undefined> => {
    const keys = [dockKey, ...kinds].map((keyOf) => keyOf(dockSn))
    const [item, ...others] = await readAll(table, keys, true)
    const dock = dockIn(fleets, item)
    return dock && { dock, ...lookOf(others) }
  },

  /** By serial number. Eventually consistent: otherwise it would cost twice as much. */
  list: async (fleets: Fleets, request: PageRequest): Promise<Page<Seen>> => {
    const query = { kind: 'dock' as const, fleets }
    const { items: keys, next } = await listKeys(table, query, request)
    const dockSns = keys.map(({ pk }) => snOf(pk))
    // The keys contain the serial numbers: the other items need not wait for the docks.
    const [docks, others] = await Promise.all([
      readListed(table, query, keys),
      readAll(
        table,
        dockSns.flatMap((dockSn) => kinds.map((keyOf) => keyOf(dockSn))),
      ),
    ])
    const looks = new Map(
      dockSns.map((dockSn, n) => [dockSn, lookOf(others.slice(n * kinds.length, (n + 1) * kinds.length))]),
    )
    return {
      items: docks.map(readDock).map((dock) => ({ dock, ...(looks.get(dock.dockSn) ?? lookOf([])) })),
      next,
    }
  },
})
