import { iso } from '../http/iso.ts'
import type { Handlers } from '../http/on-http.ts'
import { ok, unknownDock } from '../http/reply.ts'
import type { uploadReader } from '../logs/store.ts'
import type { PresenceRegisters } from '../presence/registers.ts'
import { type Known, type PresenceState, standingOf } from '../presence/state.ts'
import type { presenceStore } from '../presence/store.ts'
import { presenceView } from '../presence/view.ts'
import { defaultLimit, type Fleets, narrowed, type Page, type PageRequest } from '../table/pages.ts'
import { cursorAfter, type Dock, type dockStore, type Signs } from './store.ts'
import type { strangeDocks } from './strange.ts'
import { dockView } from './view.ts'

/** Docks as operators read them. */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find' | 'list' | 'signs'>
  uploads: Pick<ReturnType<typeof uploadReader>, 'statesOf'>
  presence: Pick<ReturnType<typeof presenceStore>, 'of' | 'registersOf'>
  strange: Pick<ReturnType<typeof strangeDocks>, 'heardAs'>
  now: () => number
}

/** A dock, when it was heard, and what is known of whether it is there. */
type Seen = { dock: Dock; signs: Signs; known: Known }

export const readDocks = (use: Needs): Handlers<'getDock' | 'listDocks'> => {
  /** `consistent`: the newest, as who looks at one dock wants it; of a page of docks that would cost twice. */
  const look = async (docks: readonly Dock[], consistent = false): Promise<Seen[]> => {
    const dockSns = docks.map(({ dockSn }) => dockSn)
    const [signs, known] = await Promise.all([
      use.docks.signs(dockSns, consistent),
      use.presence.of(dockSns, consistent),
    ])
    return docks.map((dock, n) => ({
      dock,
      signs: signs[n] ?? {},
      known: { registers: {}, ...known[n], answeredAt: signs[n]?.listedAt },
    }))
  }

  const dockViews = async (
    seen: readonly Seen[],
    own: Readonly<Record<string, PresenceRegisters>> = {},
    consistent = false,
  ) => {
    const ids = seen.flatMap(({ dock: { dockSn, latestUpload, activeUpload } }) =>
      [...new Set([latestUpload, activeUpload])].flatMap((id) => (id ? [{ dockSn, id }] : [])),
    )
    const states = await use.uploads.statesOf(ids, consistent)
    const now = use.now()
    return seen.map(({ dock, signs, known }) => {
      const uploads = states.filter(({ dockSn }) => dockSn === dock.dockSn)
      const speakers = { [dock.dockSn]: known.registers, ...own }
      return dockView(
        dock,
        { ...signs, uploads, presence: presenceView(known, speakers, now, aircraftNamed(dock)) },
        now,
      )
    })
  }

  return {
    getDock: async ({ params, fleets }) => {
      const dock = await use.docks.find(params.dockSn, fleets)
      if (!dock) return unknownDock(params.dockSn)
      const [seen, heard] = await Promise.all([look([dock], true), use.strange.heardAs(dock.dockSn)])
      const own = await use.presence.registersOf(spokenFor(dock, seen))
      const [view] = await dockViews(seen, own, true)
      return ok({ ...view, heardAs: heard && { dockSn: heard.dockSn, seenAt: iso(heard.seenAt) } })
    },

    listDocks: async ({ query: { presence, fleet, ...request }, fleets }) => {
      const among = narrowed(fleets, fleet)
      const page = presence
        ? await filtered(use, look, among, request, presence)
        : await pageOf(use, look, among, request)
      return ok({ ...page, items: await dockViews(page.items) })
    },
  }
}

type Look = (docks: readonly Dock[]) => Promise<Seen[]>

const pageOf = async (
  { docks }: Needs,
  look: Look,
  among: Fleets,
  request: PageRequest,
): Promise<Page<Seen>> => {
  const { items, next } = await docks.list(among, request)
  return { items: await look(items), next }
}

/** Docks that one request looks at once, and how often: so a filter costs no more than these. */
const lookedAtOnce = 50
const mostLooks = 4

/**
 * What time makes of signs is in no index. So a page may be short, or empty, and still have a `next`, as of
 * every filtered list.
 */
const filtered = async (
  use: Needs,
  look: Look,
  among: Fleets,
  { limit = defaultLimit, cursor }: PageRequest,
  wanted: PresenceState,
): Promise<Page<Seen>> => {
  const fit: Seen[] = []
  let next = cursor
  for (let looks = 0; looks < mostLooks; looks++) {
    const page = await pageOf(use, look, among, { limit: lookedAtOnce, cursor: next })
    fit.push(...page.items.filter(({ known }) => standingOf(known, use.now()).state === wanted))
    next = page.next
    const last = fit[limit - 1]
    if (last && (fit.length > limit || next))
      return { items: fit.slice(0, limit), next: cursorAfter(last.dock) }
    if (!next) break
  }
  return { items: fit, next }
}

const aircraftNamed = ({ connectedAircraftSn, aircraftSn }: Dock): string[] =>
  [connectedAircraftSn ?? aircraftSn].filter((sn) => sn !== undefined)

/** The aircraft of a dock, as far as any sign, the dock or the operator named them. */
const spokenFor = (dock: Dock, seen: readonly Seen[]): string[] => {
  const named = seen.flatMap(({ known: { topology, registers } }) => [
    ...(topology?.aircraft ?? []).map(({ sn }) => sn),
    ...(registers.relay?.aircraft ?? []),
  ])
  return [...new Set([...named, ...aircraftNamed(dock)])].filter((sn) => sn !== dock.dockSn)
}
