import { listLogs } from '../../../protocols/dji-remote-log/down.ts'
import { modules } from '../../../protocols/dji-remote-log/facts.ts'
import type { dockStore } from '../../docks/store.ts'
import type { idempotencyStore } from '../../http/idempotency.ts'
import type { Handlers } from '../../http/on-http.ts'
import { accepted, dockAbsent, type HttpReply, problem, repeatedKey, unknownDock } from '../../http/reply.ts'
import type { presenceStore } from '../../presence/store.ts'
import { errorFields } from '../../runtime/error-fields.ts'
import { log } from '../../runtime/log.ts'
import type { NewId } from '../../runtime/new-id.ts'
import type { Publish } from '../../runtime/publish.ts'
import { count } from '../../runtime/telemetry.ts'
import { listAnswerSeconds } from '../deadlines.ts'
import type { listingStore } from './store.ts'
import { listingHref, listingView } from './view.ts'

/** Asks a dock which logs it and its aircraft hold. With an `Idempotency-Key` a repeat asks nothing again. */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  presence: Pick<ReturnType<typeof presenceStore>, 'isAbsent'>
  listings: Pick<ReturnType<typeof listingStore>, 'open' | 'get' | 'notSent'>
  idempotency: ReturnType<typeof idempotencyStore>
  publish: Publish
  now: () => number
  newId: NewId
}

export const requestListing = (use: Needs): Handlers<'requestListing'> => ({
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
    if (!query.force && (await use.presence.isAbsent(dockSn, now))) return dockAbsent(dockSn)

    const listing = {
      id: use.newId(now),
      modules: body.modules ? [...new Set(body.modules)] : [...modules],
      createdAt: now,
      deadlineAt: now + listAnswerSeconds * 1000,
      requestedBy: caller.name,
    }
    const opened = await use.listings.open(dock, listing, idempotency)
    if (opened !== 'opened') return opened.outcome === 'same' ? show(opened.id) : repeatedKey()
    try {
      const ids = { commandId: listing.id, processId: listing.id }
      const message = listLogs({ dockSn, ...ids, modules: listing.modules, sentAt: now })
      await use.publish(message, { expiresInSeconds: listAnswerSeconds })
    } catch (error) {
      log('commandNotSent', { dockSn, listingId: listing.id, ...errorFields(error) })
      count('CommandsNotSent')
      await use.listings.notSent(dockSn, listing.id)
      await use.idempotency.forget(idempotency)
      return problem(
        'command-not-sent',
        'The message broker did not take the command. Try again in a moment.',
      )
    }
    return accepted(listingView({ ...listing, dockSn }, use.now()), listingHref(dockSn, listing.id))
  },
})
