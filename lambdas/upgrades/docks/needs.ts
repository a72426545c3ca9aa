/**
 * A dock and its machines, as far as upgrades need them. Whoever wires a function provides it, since docks
 * belong to another room.
 */
export type DockOnSite = {
  dockSn: string
  fleet: string
  /** It is offline: no message reaches it now. */
  isOffline: boolean
  /** It exports logs, flies, is being debugged or upgraded, as far as is known. */
  isBusy: boolean
  /** When it last connected or reported its topology, epoch ms; 0 for never. */
  cameAt: number
  machines: readonly Machine[]
}

/** The dock itself comes first. `isOff`: an aircraft that is known to be switched off. */
export type Machine = { sn: string; model?: string | undefined; runs?: Runs | undefined; isOff: boolean }

/**
 * The version that it last reported, and when, epoch ms. `isRelayed`: from a relay, which repeats what it
 * heard earlier, so that an old version may be reported again.
 */
export type Runs = { version: string; at: number; isRelayed: boolean }

export type Docks = {
  /** Undefined: it is not registered. */
  ofDock: (dockSn: string, now: number) => Promise<DockOnSite | undefined>
  /** The dock that speaks for a machine: the dock itself, or that of an aircraft. */
  withMachine: (sn: string, now: number) => Promise<DockOnSite | undefined>
}
