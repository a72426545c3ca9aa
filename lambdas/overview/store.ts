import { type Campaign, campaignStore } from '../campaigns/store.ts'
import { startedAt, uploadsFrom } from '../logs/store.ts'
import { standingOf } from '../presence/state.ts'
import { knownOf } from '../presence/store.ts'
import type { Table } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { heardKey, presenceKey, topologyKey } from '../table/keys.ts'
import { indexEntries, readAll } from '../table/pages.ts'
import { readEnds } from '../upgrades/ends-by-day.ts'

/** What the overview counts, from index entries of some 200 bytes: two thousand cost 50 read units. */

/** Entries of the index of each kind that one answer looks at. */
const mostEntries = 5_000
const mostDocks = 1_000
const newestCampaigns = 50

/** Campaigns that stopped at a gate, until somebody aborts them, and those that too many failures aborted lately. */
const stopOf = ({ rollout, aborted }: Campaign, from: number) => {
  if (!aborted) return rollout?.state === 'stopped' ? rollout.stopped : undefined
  return aborted.reason === 'threshold' && aborted.at >= from ? aborted.reason : undefined
}

export const overviewStore = (table: Table) => ({
  /** Uploads that were started from a time on, epoch ms. */
  uploads: async (fleets: Fleets, from: number) => {
    const query = { kind: 'upload' as const, fleets, from: uploadsFrom(from), newestFirst: true }
    const { entries, isAll } = await indexEntries(table, query, mostEntries)
    return { items: entries.map(({ kindKey, state }) => ({ at: startedAt(kindKey), state })), isAll }
  },

  /** The state of each device's newest attempt. */
  upgrades: async (fleets: Fleets) => {
    const { entries, isAll } = await indexEntries(table, { kind: 'device', fleets }, mostEntries)
    return { items: entries.map(({ state }) => state), isAll }
  },

  /**
   * How many docks there are and how many are known to be offline. Most are not by the broker's word alone; only
   * where that says so it is asked whether the dock has been heard since.
   */
  docks: async (fleets: Fleets, now: number) => {
    const { entries, isAll } = await indexEntries(table, { kind: 'dock', fleets }, mostDocks)
    const dockSns = entries.map(({ kindKey }) => kindKey)
    const registers = await readAll(table, dockSns.map(presenceKey))
    const gone = dockSns.flatMap((dockSn, n) => {
      const item = registers[n]
      return standingOf(knownOf(item, undefined), now).state === 'offline' ? [{ dockSn, item }] : []
    })
    const signs = await readAll(
      table,
      gone.flatMap(({ dockSn }) => [topologyKey(dockSn), heardKey(dockSn)]),
    )
    const offline = gone.filter(({ item }, n) => {
      const [topology, heard] = signs.slice(2 * n, 2 * n + 2)
      return standingOf(knownOf(item, topology, heard), now).state === 'offline'
    })
    return { registered: dockSns.length, offline: offline.length, isAll }
  },

  /** Of the newest campaigns; those that aborted themselves from a time on, epoch ms. */
  campaigns: async (fleets: Fleets, from: number) => {
    const { items, next } = await campaignStore(table).list(fleets, { limit: newestCampaigns })
    const goingOn = items.filter(({ aborted }) => !aborted)
    const isAt = (...states: string[]) =>
      goingOn.filter(({ rollout }) => rollout && states.includes(rollout.state))
    return {
      running: isAt('preparing', 'running').length,
      awaitingApproval: isAt('awaitingApproval').map(({ id, name }) => ({ id, name })),
      stopped: items.flatMap((campaign) => {
        const { id, name } = campaign
        const reason = stopOf(campaign, from)
        return reason ? [{ id, name, reason }] : []
      }),
      isAll: next === undefined,
    }
  },

  /** Ends of upgrades by day. */
  upgradeEnds: (fleets: Fleets, firstDay: string) => readEnds(table, fleets, firstDay),
})
