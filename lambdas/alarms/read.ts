import type { Handlers } from '../http/on-http.ts'
import { ok, unknownDock } from '../http/reply.ts'
import type { removedDocks } from '../registry/removed.ts'
import { narrowed } from '../table/fleets.ts'
import type { alarmRoutes } from './routes.ts'
import type { alarmStore } from './store.ts'
import { alarmView } from './view.ts'

/** What operators read about alarms. */
export const readAlarmRecords = (use: {
  removed: Pick<ReturnType<typeof removedDocks>, 'find'>
  alarms: Pick<ReturnType<typeof alarmStore>, 'ofDock' | 'list'>
}): Handlers<typeof alarmRoutes, 'getDockAlarms' | 'listAlarms'> => ({
  getDockAlarms: async ({ params: { dockSn }, query: { state }, fleets }) => {
    const [dock, alarms] = await Promise.all([
      use.removed.find(dockSn, fleets),
      use.alarms.ofDock(dockSn, state),
    ])
    return dock ? ok({ items: alarms.map(alarmView) }) : unknownDock(dockSn)
  },
  listAlarms: async ({ query, fleets }) => {
    const filter = { fleets: narrowed(fleets, query.fleet), state: query.state }
    const { items, next } = await use.alarms.list(filter, query)
    return ok({ items: items.map(alarmView), next })
  },
})
