import type { Handlers } from '../http/on-http.ts'
import { alreadyExists, type HttpReply, notYoursToRegister, ok, unknownDock } from '../http/reply.ts'
import type { Dock, dockStore } from '../registry/store.ts'
import { mayHaveMoved } from '../table/settings.ts'
import type { dockRoutes } from './routes.ts'
import { dockView } from './view.ts'

/** Registers and changes docks; a caller for some fleets changes only docks in those. Idempotent. */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'register' | 'registerNew' | 'change'>
  now: () => number
}

export const registerDocks = ({
  docks,
  now,
}: Needs): Handlers<typeof dockRoutes, 'registerDock' | 'changeDock'> => {
  const shown = (dock: Dock): HttpReply => ok(dockView(dock, { uploads: [] }, now()))
  return {
    registerDock: async ({ params: { dockSn }, body, fleets, onlyIfNew }) => {
      const register = onlyIfNew ? docks.registerNew : docks.register
      const dock = await register(dockSn, body, fleets, now())
      if (dock === 'exists') return alreadyExists(`/v1/docks/${dockSn}`)
      return dock === undefined || dock === 'notYours' ? notYoursToRegister('dock') : shown(dock)
    },

    changeDock: async ({ params: { dockSn }, body, fleets }) => {
      const dock = await docks.change(dockSn, body, fleets)
      if (dock) return shown(dock)
      return mayHaveMoved(body.fleet, fleets) ? notYoursToRegister('dock') : unknownDock(dockSn)
    },
  }
}
