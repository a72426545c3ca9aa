import { isOwed } from '../debugging/session.ts'
import type { debugStore } from '../debugging/store.ts'
import { listingState, type listingStore } from '../logs/listings/store.ts'
import { listingHref } from '../logs/listings/view.ts'
import type { uploadReader } from '../logs/store.ts'
import { isUnderWay, uploadHref } from '../logs/view.ts'
import type { DockMachines } from './machines.ts'
import type { AtWork } from './remove.ts'

/**
 * What is still in progress at a dock: uploads, and those with a follow-up; a requested listing; a debug mode
 * that we have to close; a driven upgrade of the dock or its aircraft. Only reads.
 */

type Needs = {
  uploads: Pick<ReturnType<typeof uploadReader>, 'ofDock'>
  listings: Pick<ReturnType<typeof listingStore>, 'newest'>
  debug: Pick<ReturnType<typeof debugStore>, 'find'>
  machines: { ofDock: (dockSn: string, now: number) => Promise<DockMachines | undefined> }
  /** Addresses of the driven attempts of these machines. */
  drivenAt: (sns: readonly string[], now: number) => Promise<string[]>
}

/**
 * Enough to find an upload whose follow-up still waits: it waits for an hour at most, and other uploads of
 * the dock come one after the other.
 */
const newestUploads = 20

export const dockAtWork =
  (use: Needs): AtWork =>
  async ({ dockSn }, now) => {
    const [uploads, listing, debugged, site] = await Promise.all([
      use.uploads.ofDock(dockSn, { limit: newestUploads }),
      use.listings.newest(dockSn),
      use.debug.find(dockSn),
      use.machines.ofDock(dockSn, now),
    ])
    const driven = await use.drivenAt(site?.machines.map(({ sn }) => sn) ?? [dockSn], now)
    return [
      ...uploads.items
        .filter(({ hot }) => isUnderWay(hot, now))
        .map(({ request: { id } }) => uploadHref(dockSn, id)),
      ...(listing && listingState(listing, now) === 'requested' ? [listingHref(dockSn, listing.id)] : []),
      ...(debugged && isOwed(debugged.session) ? [`/v1/docks/${dockSn}/debug-mode`] : []),
      ...driven,
    ]
  }
