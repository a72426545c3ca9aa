import type { Handlers } from '../http/on-http.ts'
import { notYoursToRegister, ok } from '../http/reply.ts'
import type { dockStore } from './store.ts'
import { dockView } from './view.ts'

/**
 * Registers docks, or for some fleets changes those that are in them. Safe to repeat: the same settings again
 * change nothing.
 */

type Needs = { docks: Pick<ReturnType<typeof dockStore>, 'register'>; now: () => number }

export const registerDocks = ({ docks, now }: Needs): Handlers<'registerDock'> => ({
  registerDock: async ({ params: { dockSn }, body, fleets }) => {
    const dock = await docks.register(dockSn, body, fleets, now())
    if (!dock) return notYoursToRegister('dock')
    return ok(dockView(dock, { uploads: [] }, now()))
  },
})
