import type { Command } from '@commander-js/extra-typings'
import type { Context } from './context.ts'

/** What all commands take, wherever it stands. */
export type Globals = { url?: string | undefined; json?: true | undefined }

type Empty = Record<never, never>

/** A command that has no arguments and no options of its own yet. */
export type Bare = Command<[], Empty, Globals>

/** What each file of `commands/` adds its commands to. */
export type Program = {
  /** A command at the top. */
  command: (name: string) => Bare
  /** Runs an action, with what all commands have been told. */
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>
  /** The whole, for completion. */
  root: () => Command<[], Globals>
}
