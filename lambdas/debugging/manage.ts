import type { dockStore } from '../docks/store.ts'
import type { Handlers } from '../http/on-http.ts'
import { accepted, ok, unknownDock } from '../http/reply.ts'
import type { AircraftPower } from './power.ts'
import type { debugStore } from './store.ts'
import { debugView } from './view.ts'

/** Debug modes as operators see them, and the way out of one by hand. */

type Docks = { docks: Pick<ReturnType<typeof dockStore>, 'find'> }

export const readDebugMode = (
  use: Docks & { debug: Pick<ReturnType<typeof debugStore>, 'find'> },
): Handlers<'getDebugMode'> => ({
  getDebugMode: async ({ params: { dockSn }, fleets }) => {
    if (!(await use.docks.find(dockSn, fleets))) return unknownDock(dockSn)
    return ok(debugView(dockSn, (await use.debug.find(dockSn))?.session))
  },
})

/** What cannot be sent now is sent by the clock within a minute. Safe to repeat: while it closes, nothing changes. */
export const closeDebugMode = (
  use: Docks & { power: Pick<AircraftPower, 'close'> },
): Handlers<'closeDebugMode'> => ({
  closeDebugMode: async ({ params: { dockSn }, fleets, caller }) => {
    if (!(await use.docks.find(dockSn, fleets))) return unknownDock(dockSn)
    const session = await use.power.close(dockSn, caller.name)
    return accepted(debugView(dockSn, session), `/v1/docks/${dockSn}/debug-mode`)
  },
})
