import { type dockStore, isForeignRunning } from '../registry/store.ts'

/** The part of a dock that matters for opening its debug mode. */
type Site = { isOffline: boolean; isBusy: boolean }

type Needs<Found extends Site> = {
  docks: { ofDock: (dockSn: string, now: number) => Promise<Found | undefined> }
  foreign: Pick<ReturnType<typeof dockStore>, 'signs'>
  /** Whether the dock or its aircraft is working on an upgrade that we offered. */
  isUpgrading: (found: Found, now: number) => Promise<boolean>
}

/**
 * What prevents opening a dock's debug mode, as far as is known: an export, a flight, an upgrade, somebody
 * who debugs it. In a case that we do not know of, the dock itself refuses.
 */
export const obstacles =
  <Found extends Site>({ docks, foreign, isUpgrading }: Needs<Found>) =>
  async (dockSn: string, now: number): Promise<'busy' | 'offline' | undefined> => {
    const [found, [signs]] = await Promise.all([docks.ofDock(dockSn, now), foreign.signs([dockSn], true)])
    if (found?.isOffline) return 'offline'
    if (!found || found.isBusy) return 'busy'
    if (isForeignRunning(signs?.foreign, now)) return 'busy'
    return (await isUpgrading(found, now)) ? 'busy' : undefined
  }
