import { listLogs } from '../../../protocols/dji-remote-log/down.ts'
import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Idempotency, Repeated } from '../../http/idempotency.ts'
import type { Dock } from '../../registry/store.ts'
import { errorFields } from '../../runtime/error-fields.ts'
import { log } from '../../runtime/log.ts'
import type { Publish } from '../../runtime/publish.ts'
import { count } from '../../runtime/telemetry.ts'
import { listAnswerSeconds } from '../deadlines.ts'
import type { listingStore, NewListing } from './store.ts'

/** Asks a dock which logs it has, for operators and for collections. */

export type AskNeeds = {
  listings: Pick<ReturnType<typeof listingStore>, 'open' | 'notSent'>
  publish: Publish
  now: () => number
}

export type Asked =
  | { outcome: 'asked'; listing: NewListing }
  /** Recorded as failed; the dock was not asked. */
  | { outcome: 'notSent' }
  /** The caller's idempotency key has been used. */
  | { outcome: 'repeated'; repeated: Repeated }

/** Records the request before sending the command, so that a quick reply finds the record. */
export const askForListing = async (
  use: AskNeeds,
  dock: Dock,
  { id, modules, requestedBy }: { id: string; modules: readonly Module[]; requestedBy: string },
  idempotency?: Idempotency,
): Promise<Asked> => {
  const now = use.now()
  const { dockSn } = dock
  const listing: NewListing = {
    id,
    modules: [...new Set(modules)],
    createdAt: now,
    requestedBy,
    deadlineAt: now + listAnswerSeconds * 1000,
  }
  const opened = await use.listings.open(dock, listing, idempotency)
  if (opened !== 'opened') return { outcome: 'repeated', repeated: opened }
  try {
    const message = listLogs({ dockSn, commandId: id, processId: id, modules: listing.modules, sentAt: now })
    await use.publish(message, { expiresInSeconds: listAnswerSeconds })
  } catch (error) {
    log('commandNotSent', { dockSn, listingId: id, ...errorFields(error) })
    count('CommandsNotSent')
    await use.listings.notSent(dockSn, id)
    return { outcome: 'notSent' }
  }
  return { outcome: 'asked', listing }
}
