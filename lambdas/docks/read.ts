import { iso } from '../http/iso.ts'
import type { Handlers } from '../http/on-http.ts'
import { ok, unknownDock } from '../http/reply.ts'
import type { UploadWithoutRequest, uploadReader } from '../logs/store.ts'
import type { PresenceRegisters } from '../presence/registers.ts'
import { type PresenceState, standingOf } from '../presence/state.ts'
import type { presenceStore } from '../presence/store.ts'
import { presenceView } from '../presence/view.ts'
import { type AircraftOwners, isOwnAircraft } from '../registry/aircraft-owners.ts'
import { cursorAfter, type Dock } from '../registry/store.ts'
import type { unregisteredDocks } from '../registry/unregistered.ts'
import { type Fleets, narrowed } from '../table/fleets.ts'
import { defaultLimit, type Page, type PageRequest } from '../table/pages.ts'
import type { dockLooks, Seen } from './looks.ts'
import type { dockRoutes } from './routes.ts'
import { dockView } from './view.ts'

/** What operators read about docks. */

type Needs = {
  looks: Pick<ReturnType<typeof dockLooks>, 'find' | 'list'>
  uploads: Pick<ReturnType<typeof uploadReader>, 'statesOf'>
  presence: Pick<ReturnType<typeof presenceStore>, 'registersOf'>
  unregistered: Pick<ReturnType<typeof unregisteredDocks>, 'heardAs'>
  owners: AircraftOwners
  now: () => number
}

export const readDocks = (use: Needs): Handlers<typeof dockRoutes, 'getDock' | 'listDocks'> => {
  const uploadsOf = (seen: readonly Seen[], consistent = false) =>
    use.uploads.statesOf(
      seen.flatMap(({ dock: { dockSn, latestUpload, activeUpload } }) =>
        [...new Set([latestUpload, activeUpload])].flatMap((id) => (id ? [{ dockSn, id }] : [])),
      ),
      consistent,
    )

  const viewOf = (
    { dock, signs, known }: Seen,
    states: readonly UploadWithoutRequest[],
    own: Readonly<Record<string, PresenceRegisters>> = {},
  ) => {
    const now = use.now()
    const uploads = states.filter(({ dockSn }) => dockSn === dock.dockSn)
    const speakers = { [dock.dockSn]: known.registers, ...own }
    const presence = presenceView(known, speakers, now, aircraftNamed(dock))
    return dockView(dock, { ...signs, uploads, presence }, now)
  }

  return {
    getDock: async ({ params: { dockSn }, fleets }) => {
      const [seen, heard] = await Promise.all([
        use.looks.find(dockSn, fleets),
        use.unregistered.heardAs(dockSn),
      ])
      if (!seen) return unknownDock(dockSn)
      const named = spokenFor(seen)
      const [states, heardOf, owners] = await Promise.all([
        uploadsOf([seen], true),
        use.presence.registersOf(named),
        use.owners(named),
      ])
      const foreign = new Set(named.filter((_, n) => !isOwnAircraft(seen.dock, owners[n])))
      const own = Object.fromEntries(Object.entries(heardOf).filter(([sn]) => !foreign.has(sn)))
      const heardAs = heard && { dockSn: heard.dockSn, seenAt: iso(heard.seenAt) }
      return ok({ ...viewOf(seen, states, own), heardAs })
    },

    listDocks: async ({ query: { presence, fleet, ...request }, fleets }) => {
      const among = narrowed(fleets, fleet)
      const page = presence
        ? await filtered(use, among, request, presence)
        : await use.looks.list(among, request)
      const states = await uploadsOf(page.items)
      return ok({ ...page, items: page.items.map((seen) => viewOf(seen, states)) })
    },
  }
}

/** Docks per page of the index, and pages per request, when filtering: this bounds the cost. */
const docksPerLook = 50
const maxLooks = 4

/**
 * Filters docks by presence, which depends on the time and is in no index. A page may be short or empty and
 * still have a `next`, as in every filtered list.
 */
const filtered = async (
  use: Needs,
  among: Fleets,
  { limit = defaultLimit, cursor }: PageRequest,
  requested: PresenceState,
): Promise<Page<Seen>> => {
  const fit: Seen[] = []
  let next = cursor
  for (let looks = 0; looks < maxLooks; looks++) {
    const page = await use.looks.list(among, {
      // Usually all match, and the first page is enough.
      limit: looks === 0 ? Math.min(limit, docksPerLook) : docksPerLook,
      cursor: next,
    })
    fit.push(...page.items.filter(({ known }) => standingOf(known, use.now()).state === requested))
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

/** The aircraft of a dock that any sign, the dock or an operator named. */
const spokenFor = ({ dock, known: { topology, registers } }: Seen): string[] => {
  const named = [...(topology?.aircraft ?? []).map(({ sn }) => sn), ...(registers.relay?.aircraft ?? [])]
  return [...new Set([...named, ...aircraftNamed(dock)])].filter((sn) => sn !== dock.dockSn)
}
