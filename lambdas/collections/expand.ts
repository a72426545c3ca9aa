import type { Dock, dockStore } from '../registry/store.ts'
import { eachOf } from '../runtime/each-of.ts'
import { timeLeft } from '../runtime/time-left.ts'
import { openRun } from './open-run.ts'
import { concernsDock, dailyCause, manualCause, type RunCause } from './rules/causes.ts'
import type { RunStore } from './run-store.ts'
import type { Start, StartStore } from './starts.ts'
import type { Collection } from './store.ts'

/**
 * Opens the runs of a start, one page of docks after the other. When time runs out, the next call continues
 * from the cursor: a run that exists is not opened again.
 */

export type ExpandNeeds = {
  docks: Pick<ReturnType<typeof dockStore>, 'find' | 'list'>
  runs: RunStore
  starts: Pick<StartStore, 'advance' | 'get'>
  now: () => number
}

const docksAPage = 100
const maxPages = 10
const docksAtOnce = 20
/** Ms left in the function below which no page begins: one takes a second or so. */
const reserveMs = 4_000

export const expand = async (use: ExpandNeeds, collection: Collection, given: Start): Promise<void> => {
  const cause = causeOf(given)
  for (
    let start: Start | undefined = given, pages = 0;
    start && !start.isDone && pages < maxPages;
    pages += 1
  ) {
    if (timeLeft() < reserveMs) return
    const { docks, next } = await pageOf(use, collection, start)
    const concerned = docks.filter((dock) => concernsDock(collection, dock))
    await eachOf(concerned, docksAtOnce, async (dock) => void (await openRun(use, collection, dock, cause)))
    await use.starts.advance(start, next)
    start = await use.starts.get(start.collectionId, start.id)
  }
}

const causeOf = ({ kind, id, at, day }: Start): RunCause =>
  kind === 'daily' && day !== undefined ? dailyCause({ at, day }) : manualCause(id, at)

const pageOf = async (
  use: ExpandNeeds,
  collection: Collection,
  { docks: named = collection.docks, cursor }: Start,
): Promise<{ docks: readonly Dock[]; next: string | undefined }> => {
  if (named) {
    const found = await Promise.all(named.map((dockSn) => use.docks.find(dockSn, 'all')))
    return { docks: found.filter((dock) => dock !== undefined), next: undefined }
  }
  const { fleet } = collection
  const page = await use.docks.list(fleet === undefined ? 'all' : [fleet], { limit: docksAPage, cursor })
  return { docks: page.items, next: page.next }
}
