import type { Dock } from '../docks/store.ts'
import { OwnError } from '../runtime/own-error.ts'
import { type RunCause, runIdOf } from './rules/causes.ts'
import { opening } from './rules/opening.ts'
import type { RunAddress, RunStore } from './run-store.ts'
import type { Collection } from './store.ts'

/** Others that open runs at the same dock at once, or carry its run on. */
const mostTries = 12

class Overtaken extends OwnError {
  override readonly name = 'Overtaken'
}

/**
 * Makes a cause known at a dock: it opens a run, or another run collects its logs, or it is left out; the list of
 * runs says which. Safe to repeat, in any order and at once: there is one row for a cause and a dock, and a dock
 * has one run of a collection that waits.
 */
export const openRun = async (
  use: { runs: RunStore; now: () => number },
  collection: Collection,
  dock: Pick<Dock, 'dockSn' | 'fleet'>,
  cause: RunCause,
): Promise<RunAddress> => {
  const { id: collectionId } = collection
  const { dockSn } = dock
  const address = { collectionId, runId: runIdOf(cause, dockSn) }
  if (await use.runs.get(address)) return address
  for (let tries = 0; tries < mostTries; tries += 1) {
    const row = await use.runs.rows.get(dockSn, collectionId)
    const named = row.run === undefined ? undefined : await use.runs.get({ collectionId, runId: row.run })
    const current = named?.phase === 'ended' ? undefined : named
    const { added, widened, row: change } = opening({ collection, dock, cause, row, current, now: use.now() })
    const outcome = await use.runs.write({
      added,
      widened,
      row: change && { dockSn, collectionId, change, rev: row.rev },
    })
    if (outcome !== 'changed') return address
  }
  throw new Overtaken(`runs of ${collectionId} at ${dockSn} are opened by others`)
}
