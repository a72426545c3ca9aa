import type { DueItems } from '../sweeps/due-items.ts'
import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import type { EngineNeeds } from './engine-needs.ts'
import { type ExpandNeeds, expand } from './expand.ts'
import { advanceAndServe } from './on-event.ts'
import { lastDaily, nextDaily } from './rules/daily.ts'
import { runAddressOf } from './run-store.ts'
import { serveTurns, takeOverTurns } from './serve-turns.ts'
import type { StartStore } from './starts.ts'
import type { Collection, collectionStore } from './store.ts'

/**
 * Started once a minute. Starts daily runs, processes the docks of starts, gives out free turns, and advances
 * runs that wait for a time or whose event was lost. Idempotent; concurrent runs are harmless.
 */

type Needs = Omit<ClockNeeds, 'due'> &
  EngineNeeds &
  ExpandNeeds & {
    collections: Pick<ReturnType<typeof collectionStore>, 'get' | 'setNextRun'>
    starts: StartStore
    /** `collections`: due collections, starts and turns. */
    due: { collections: DueItems; runs: DueItems }
  }

export const runCollections = (use: Needs) => async (): Promise<void> => {
  const clock = { now: use.now, ...(use.timer ? { timer: use.timer } : {}) }
  await sweepDue(
    { ...clock, due: use.due.collections },
    {
      name: 'run-collections',
      subjectOf: ({ pk, sk }) =>
        pk.startsWith('COLLECTION#') ? { collectionId: pk.slice('COLLECTION#'.length), sk } : undefined,
      check: async ({ collectionId, sk }) => {
        if (sk === 'COLLECTION') await startDaily(use, collectionId)
        if (sk.startsWith('START#')) await continueStart(use, collectionId, sk.slice('START#'.length))
        if (sk === 'TURNS') {
          await takeOverTurns(use, collectionId)
          const isWaited = await serveTurns(use, collectionId)
          await use.turns.checked(collectionId, !isWaited, use.now())
        }
        return undefined
      },
    },
  )
  await sweepDue(
    { ...clock, due: use.due.runs },
    {
      name: 'run-collections',
      subjectOf: runAddressOf,
      check: async (address) => {
        await advanceAndServe(use, address)
        return undefined
      },
    },
  )
}

/** Starts the newest of the daily runs that were missed, if it can still finish in time. */
const startDaily = async (use: Needs, collectionId: string): Promise<void> => {
  const now = use.now()
  const collection = await use.collections.get(collectionId)
  const daily = dailyOf(collection)
  if (!collection || !daily || (collection.checkAt ?? now + 1) > now) return
  const { at, day } = lastDaily(daily, now)
  // Another collection may have had this id before, and have started on the same day.
  const id = `daily-${day}-${collection.createdAt}`
  if (now < at + collection.finishWithinSeconds * 1000)
    await use.starts.add({ id, collectionId, kind: 'daily', at, day, rev: 1 }, now)
  await use.collections.setNextRun(collection, nextDaily(daily, now).at)
}

const dailyOf = (collection: Collection | undefined) =>
  collection?.when && 'daily' in collection.when ? collection.when.daily : undefined

const continueStart = async (use: Needs, collectionId: string, startId: string): Promise<void> => {
  const [collection, start] = await Promise.all([
    use.collections.get(collectionId),
    use.starts.get(collectionId, startId),
  ])
  if (!start || start.isDone) return
  // A collection that was deleted or disabled meanwhile begins nothing, and neither does a later one with its id.
  const isItsOwn = collection?.enabled && collection.createdAt <= start.at
  if (!isItsOwn) await use.starts.advance(start, undefined)
  else await expand(use, collection, start)
}
