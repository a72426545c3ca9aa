import type { Known } from '../presence/state.ts'
import { knownOf } from '../presence/store.ts'
import type { Table } from '../table/client.ts'
import { dockKey, foreignKey, heardKey, presenceKey, topologyKey } from '../table/keys.ts'
import { type Fleets, listKeys, type Page, type PageRequest, readAll, readListed } from '../table/pages.ts'
import { type Dock, dockIn, readDock, type Signs, signsOf } from './store.ts'

/**
 * What a look at docks finds of them beside their uploads. It is in several small items, as each has writers of its
 * own, and read in one go: what a page waits for is one request after the other.
 */

/** When a dock was heard, and what is known of whether it is there. */
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
  /** A dock, if it is registered and in one of the fleets, as the newest that there is of it. */
  find: async (dockSn: string, fleets: Fleets): Promise<Seen | undefined> => {
    const keys = [dockKey, ...kinds].map((keyOf) => keyOf(dockSn))
    const [item, ...others] = await readAll(table, keys, true)
    const dock = dockIn(fleets, item)
    return dock && { dock, ...lookOf(others) }
  },

  /** By serial number; not the newest of each, which would cost twice. */
  list: async (fleets: Fleets, request: PageRequest): Promise<Page<Seen>> => {
    const query = { kind: 'dock' as const, fleets }
    const { items: keys, next } = await listKeys(table, query, request)
    const dockSns = keys.map(({ pk }) => snOf(pk))
    // The keys say whose they are: what is known besides need not wait for the docks.
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
