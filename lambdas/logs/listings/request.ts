import { modules } from '../../../protocols/dji-remote-log/facts.ts'
import type { idempotencyStore } from '../../http/idempotency.ts'
import type { Handlers } from '../../http/on-http.ts'
import { accepted, dockOffline, type HttpReply, problem, repeatedKey, unknownDock } from '../../http/reply.ts'
import type { presenceStore } from '../../presence/store.ts'
import type { dockStore } from '../../registry/store.ts'
import type { NewId } from '../../runtime/new-id.ts'
import type { logRoutes } from '../routes.ts'
import { type AskNeeds, askForListing } from './ask.ts'
import type { listingStore } from './store.ts'
import { listingHref, listingView } from './view.ts'

/** Asks a dock which logs it and its aircraft have. With an `Idempotency-Key` a repeat does not ask again. */

type Needs = AskNeeds & {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  presence: Pick<ReturnType<typeof presenceStore>, 'isOffline'>
  listings: AskNeeds['listings'] & Pick<ReturnType<typeof listingStore>, 'get'>
  idempotency: ReturnType<typeof idempotencyStore>
  newId: NewId
}

export const requestListing = (use: Needs): Handlers<typeof logRoutes, 'requestListing'> => ({
  requestListing: async ({ params: { dockSn }, query, body, fleets, caller, idempotency }) => {
    const show = async (id: string): Promise<HttpReply> => {
      const listing = await use.listings.get(dockSn, id)
      return listing
        ? accepted(listingView(listing, use.now()), listingHref(dockSn, id))
        : problem('not-found', 'What this Idempotency-Key made is no longer kept.')
    }
    const now = use.now()
    const dock = await use.docks.find(dockSn, fleets)
    if (!dock) return unknownDock(dockSn)
    const repeated = await use.idempotency.find(idempotency, now)
    if (repeated) return repeated.outcome === 'same' ? show(repeated.id) : repeatedKey()
    if (!query.force && (await use.presence.isOffline(dockSn, now))) return dockOffline(dockSn)

    const listingRequest = { id: use.newId(now), modules: body.modules ?? modules, requestedBy: caller.name }
    const asked = await askForListing(use, dock, listingRequest, idempotency)
    if (asked.outcome === 'repeated')
      return asked.repeated.outcome === 'same' ? show(asked.repeated.id) : repeatedKey()
    if (asked.outcome === 'notSent') {
      await use.idempotency.forget(idempotency)
      return problem(
        'command-not-sent',
        'The message broker did not take the command. Try again in a moment.',
      )
    }
    const { listing } = asked
    return accepted(listingView({ ...listing, dockSn }, use.now()), listingHref(dockSn, listing.id))
  },
})
