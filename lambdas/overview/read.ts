import { iso } from '../http/iso.ts'
import type { Handlers } from '../http/on-http.ts'
import { ok } from '../http/reply.ts'
import { unsuccessfulUploads } from '../logs/upload-states.ts'
import { type Fleets, narrowed } from '../table/fleets.ts'
import type { overviewRoutes } from './routes.ts'
import type { overviewStore } from './store.ts'

/**
 * The answer to “what needs me now”. Reads index entries and small items alone, and a bounded number of each, so
 * that it can be a start page (ADR 0048).
 */

type Needs = { overview: ReturnType<typeof overviewStore>; now: () => number }

const dayMs = 86_400_000
const shownDays = 7

const badUploads: ReadonlySet<string | undefined> = new Set(unsuccessfulUploads)
const endedUploads: ReadonlySet<string | undefined> = new Set([
  ...unsuccessfulUploads,
  'verified',
  'canceled',
])

/** Of an upload: when it was started, and its state as the index has it. */
type Begun = { at: number; state: string | undefined }
type Ends = { succeeded: number; unsuccessful: number }

const dayOf = (at: number): string => iso(at).slice(0, 10)
const isRunning = ({ state }: Begun): boolean => !endedUploads.has(state)
const hasFailed = ({ state }: Begun): boolean => badUploads.has(state)

const uploadEnds = (uploads: readonly Begun[]): Ends => ({
  succeeded: uploads.filter(({ state }) => state === 'verified').length,
  unsuccessful: uploads.filter(hasFailed).length,
})

const upgradeCounts = (states: readonly (string | undefined)[]) => {
  const among = (...wanted: string[]) => states.filter((state) => wanted.includes(state ?? '')).length
  return {
    running: among('pending', 'upgrading'),
    unsuccessful: among('failed', 'timedOut', 'rolledBack'),
    timedOut: among('timedOut'),
  }
}

export const readOverview = ({ overview, now }: Needs): Handlers<typeof overviewRoutes, 'getOverview'> => {
  const read = async (fleets: Fleets, at: number, first: string) =>
    Promise.all([
      overview.uploads(fleets, Date.parse(first)),
      overview.upgrades(fleets),
      overview.docks(fleets, at),
      overview.campaigns(fleets, Date.parse(first)),
      overview.upgradeEnds(fleets, first),
    ])

  return {
    getOverview: async ({ query, fleets }) => {
      const at = now()
      const days = Array.from({ length: shownDays }, (_, n) => dayOf(at - (shownDays - 1 - n) * dayMs))
      const [first = ''] = days
      const [uploads, upgrades, docks, campaigns, ends] = await read(narrowed(fleets, query.fleet), at, first)
      const lately = uploads.items.filter((upload) => upload.at >= at - dayMs)
      return ok({
        at: iso(at),
        since: iso(at - dayMs),
        docks: { registered: docks.registered, offline: docks.offline },
        uploads: {
          running: uploads.items.filter(isRunning).length,
          ...uploadEnds(lately),
          timedOut: lately.filter(({ state }) => state === 'timedOut').length,
        },
        upgrades: upgradeCounts(upgrades.items),
        campaigns: {
          running: campaigns.running,
          awaitingApproval: campaigns.awaitingApproval,
          stopped: campaigns.stopped,
        },
        days: days.map((day) => ({
          day,
          uploads: uploadEnds(uploads.items.filter((upload) => dayOf(upload.at) === day)),
          upgrades: ends.get(day) ?? { succeeded: 0, unsuccessful: 0 },
        })),
        complete: [uploads, upgrades, docks, campaigns].every(({ isAll }) => isAll),
      })
    },
  }
}
