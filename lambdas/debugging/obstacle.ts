import { type dockStore, isForeignRunning } from '../docks/store.ts'

/** A dock as far as opening its debug mode has to know. */
type Site = { isAbsent: boolean; isBusy: boolean }

type Needs<Found extends Site> = {
  docks: { ofDock: (dockSn: string, now: number) => Promise<Found | undefined> }
  foreign: Pick<ReturnType<typeof dockStore>, 'signs'>
  /** Whether the dock or its aircraft is at an upgrade that was offered from here. */
  isUpgrading: (found: Found, now: number) => Promise<boolean>
}

/**
 * What keeps a dock from being opened, as far as anybody tells: an export, a flight, an upgrade, somebody who
 * debugs it. What we do not know of it refuses itself.
 */
export const obstacles =
  <Found extends Site>({ docks, foreign, isUpgrading }: Needs<Found>) =>
  async (dockSn: string, now: number): Promise<'busy' | 'away' | undefined> => {
    const [found, [signs]] = await Promise.all([docks.ofDock(dockSn, now), foreign.signs([dockSn], true)])
    if (found?.isAbsent) return 'away'
    if (!found || found.isBusy) return 'busy'
    if (isForeignRunning(signs?.foreign, now)) return 'busy'
    return (await isUpgrading(found, now)) ? 'busy' : undefined
  }
