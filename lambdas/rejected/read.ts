import type { Handlers } from '../http/on-http.ts'
import { ok } from '../http/reply.ts'
import type { rejectedRoutes } from './routes.ts'
import type { rejectedStore } from './store.ts'
import { rejectedView } from './view.ts'

/** What operators read about rejected messages. */
export const readRejected = ({
  rejected,
}: {
  rejected: Pick<ReturnType<typeof rejectedStore>, 'list'>
}): Handlers<typeof rejectedRoutes, 'listRejectedMessages'> => ({
  listRejectedMessages: async ({ query, fleets }) => {
    const { items, next } = await rejected.list(query.source, fleets, query)
    return ok({ items: items.map(rejectedView), next })
  },
})
