/**
 * A dock and what hangs on it, as far as upgrades have to know. Whoever wires a function says where it comes
 * from: docks are another room's.
 */
export type DockOnSite = {
  dockSn: string
  fleet: string
  /** Nothing that it is told now reaches it. */
  isAbsent: boolean
  /** It exports logs, flies, is being debugged or upgraded: as far as anybody tells. */
  isBusy: boolean
  /** When it was last seen to connect, or to tell its topology, epoch ms; 0 for never. */
  cameAt: number
  machines: readonly Machine[]
}

/** The dock itself comes first. `isOff`: an aircraft that is known to be. */
export type Machine = { sn: string; model?: string | undefined; runs?: Runs | undefined; isOff: boolean }

/**
 * What it said last that it runs, epoch ms. `isRelayed`: by a relay, which repeats what it heard once, so
 * that an old version may be said anew.
 */
export type Runs = { version: string; at: number; isRelayed: boolean }

export type Docks = {
  /** Undefined: nobody registered it. */
  ofDock: (dockSn: string, now: number) => Promise<DockOnSite | undefined>
  /** The dock that speaks for a machine, itself or its aircraft. */
  withMachine: (sn: string, now: number) => Promise<DockOnSite | undefined>
}
