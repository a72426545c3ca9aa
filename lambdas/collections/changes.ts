import * as z from 'zod/mini'
import type { Change, ChangeEvent, ChangeSource } from '../changes/change.ts'
import { Run } from './run.ts'
import { runAddressOf } from './run-store.ts'
import { runView } from './view.ts'

/**
 * The events of runs: that one began, and how it ended. Causes that are covered or left out appear only in
 * the list of runs.
 */
export const collectionChanges: ChangeSource = {
  concerns: (key) => runAddressOf(key) !== undefined,
  eventsOf: ({ before, after }: Change): readonly ChangeEvent[] => {
    // Runs are deleted only when they expire.
    if (!after) return []
    const now = Run.parse(after)
    const earlier = before && Phase.parse(before).phase
    const isOver = now.phase === 'ended'
    if (isOver ? earlier === undefined || earlier === 'ended' : earlier !== undefined) return []
    return [
      {
        type: isOver ? 'groundcrew.collection.ended.v1' : 'groundcrew.collection.started.v1',
        subject: `collections/${now.collectionId}/runs/${now.id}`,
        fleet: now.fleet,
        record: runView(now),
        ...(earlier === undefined ? {} : { previous: { state: earlier } }),
      },
    ]
  },
}

const Phase = z.object({ phase: z.string() })
