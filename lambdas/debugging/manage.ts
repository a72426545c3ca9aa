import type { Caller } from '../http/caller.ts'
import type { Handlers } from '../http/on-http.ts'
import { accepted, type HttpReply, ok, problem, unknownDock } from '../http/reply.ts'
import type { dockStore } from '../registry/store.ts'
import type { AircraftPower, Opened } from './power.ts'
import type { debugRoutes } from './routes.ts'
import type { debugStore } from './store.ts'
import { debugView } from './view.ts'

/** Reads docks' debug modes, and opens and closes them by hand. */

type Docks = { docks: Pick<ReturnType<typeof dockStore>, 'find'> }

export const readDebugMode = (
  use: Docks & { debug: Pick<ReturnType<typeof debugStore>, 'find'> },
): Handlers<typeof debugRoutes, 'getDebugMode'> => ({
  getDebugMode: async ({ params: { dockSn }, fleets }) => {
    const [dock, stored] = await Promise.all([use.docks.find(dockSn, fleets), use.debug.find(dockSn)])
    return dock ? ok(debugView(dockSn, stored?.session)) : unknownDock(dockSn)
  },
})

/** Client names may be reused or shared: the subject of the token identifies one caller. */
const holderOf = ({ id }: Caller): string => `callers/${id}`

/**
 * A repeat by the same caller extends the lease. Whether the aircraft could be switched on is known later.
 */
export const openDebugMode = (
  use: Docks & { power: Pick<AircraftPower, 'open' | 'find'>; now: () => number },
): Handlers<typeof debugRoutes, 'openDebugMode'> => ({
  openDebugMode: async ({ params: { dockSn }, body: { forSeconds = 900 }, fleets, caller }) => {
    if (!(await use.docks.find(dockSn, fleets))) return unknownDock(dockSn)
    const until = use.now() + forSeconds * 1000
    const opened = await use.power.open(dockSn, holderOf(caller), until, caller.name)
    return opened === 'begun'
      ? accepted(debugView(dockSn, await use.power.find(dockSn)), hrefOf(dockSn))
      : refusal(dockSn, opened)
  },
})

const hrefOf = (dockSn: string): string => `/v1/docks/${dockSn}/debug-mode`

const refusal = (dockSn: string, opened: Exclude<Opened, 'begun'>): HttpReply => {
  const href = hrefOf(dockSn)
  switch (opened) {
    case 'offline':
      return problem('dock-absent', `The dock ${dockSn} is known to be offline. Wait until it is back.`)
    case 'heldByOther':
      return problem('debug-mode-held', 'Somebody else holds the debug mode: see `href`.', { href })
    case 'busy':
      return problem(
        'dock-not-idle',
        'The dock flies, exports logs, is upgraded, or is in debug mode already: see its `presence`, and `href`.',
        { href },
      )
  }
}

/**
 * If the command cannot be sent now, the sweep sends it within a minute. Idempotent: while it closes, nothing
 * changes.
 */
export const closeDebugMode = (
  use: Docks & { power: Pick<AircraftPower, 'close'> },
): Handlers<typeof debugRoutes, 'closeDebugMode'> => ({
  closeDebugMode: async ({ params: { dockSn }, fleets, caller }) => {
    if (!(await use.docks.find(dockSn, fleets))) return unknownDock(dockSn)
    const session = await use.power.close(dockSn, holderOf(caller), caller.name)
    return accepted(debugView(dockSn, session), hrefOf(dockSn))
  },
})
