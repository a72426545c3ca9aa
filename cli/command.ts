import type { Command } from '@commander-js/extra-typings'
import type { Context } from './context.ts'

/** The options of all commands, at any position. */
export type Globals = { url?: string | undefined; json?: true | undefined }

type Empty = Record<never, never>

/** A command without arguments or own options yet. */
export type Bare = Command<[], Empty, Globals>

/** The program to which each file of `commands/` adds its commands. */
export type Program = {
  /** A top-level command. */
  command: (name: string) => Bare
  /** Runs an action, with the global options. */
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>
  /** The whole command tree, for completion. */
  root: () => Command<[], Globals>
}
