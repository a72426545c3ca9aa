import type { Dock } from '../registry/store.ts'
import { OwnError } from '../runtime/own-error.ts'
import { type RunCause, runIdOf } from './rules/causes.ts'
import { opening } from './rules/opening.ts'
import type { RunAddress, RunStore } from './run-store.ts'
import type { Collection } from './store.ts'

/** Tries against concurrent writers that open or advance runs at the same dock. */
const maxTries = 12

class Overtaken extends OwnError {
  override readonly name = 'Overtaken'
}

/**
 * Handles a cause at a dock: it opens a run, is covered by another run, or is left out; the list of runs says
 * which. Idempotent, in any order and concurrently: there is one row per cause and dock, and a collection has
 * at most one waiting run per dock.
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
  for (let tries = 0; tries < maxTries; tries += 1) {
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
  throw new Overtaken(`other writers keep changing the runs of ${collectionId} at ${dockSn}`)
}
