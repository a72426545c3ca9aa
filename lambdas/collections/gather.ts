import { asksForAircraft } from '../../protocols/dji-remote-log/results.ts'
import { explained } from '../logs/failure.ts'
import type { Listing } from '../logs/listings/store.ts'
import { listingView } from '../logs/listings/view.ts'
import { followUp } from '../logs/series.ts'
import { uploadStatus } from '../logs/state.ts'
import { newestTry, triesFrom } from '../logs/tries.ts'
import { uploadView } from '../logs/view.ts'
import { aircraftOf, modeOf } from '../presence/state.ts'
import { type At, type EngineNeeds, holderOf } from './engine-needs.ts'
import { concernsDock } from './rules/causes.ts'
import type { Facts } from './rules/transitions.ts'
import type { Run } from './run.ts'
import type { Collection } from './store.ts'

/** The current facts, as far as the run's phase needs them. */
export const gather = async (use: EngineNeeds, at: At): Promise<Omit<Facts, 'done'>> => {
  const { run, collection, dock } = at
  const now = use.now()
  const isWaiting = run.phase === 'waiting'
  const { wakeAircraft } = run
  const [site, turns, session, listing, upload] = await Promise.all([
    isWaiting ? siteOf(use, at, now) : undefined,
    isWaiting ? use.turns.holders(run.collectionId) : undefined,
    wakeAircraft ? use.power.find(run.dockSn) : undefined,
    run.phase === 'listing' ? listingOf(use, run, now) : undefined,
    run.phase === 'uploading' ? uploadOf(use, run, now) : undefined,
  ])
  return {
    now,
    newId: use.newId,
    listing,
    upload,
    collection: stateOfCollection(collection),
    isOfCollection: Boolean(collection && dock && concernsDock(collection, dock)),
    obstacle: site?.obstacle,
    isAircraftOff: site?.isAircraftOff ?? false,
    hasTurn: turns?.has(run.id) ?? false,
    power: session?.holder === holderOf(run) ? session : undefined,
  }
}

const stateOfCollection = (collection: Collection | undefined): Facts['collection'] =>
  collection ? (collection.enabled ? 'on' : 'disabled') : 'gone'

const siteOf = async (use: EngineNeeds, { run: { dockSn }, dock }: At, now: number) => {
  const [found, [known = { registers: {} }]] = await Promise.all([
    use.obstacle(dockSn, now),
    use.presence.of([dockSn], true),
  ])
  const isFlying = modeOf(known, now) === 'working'
  const isUploading = dock?.activeUpload !== undefined
  return {
    obstacle: obstacleOf({ found, isFlying, isUploading }),
    isAircraftOff: !aircraftOf(known, now)?.some(({ on }) => on === true),
  }
}

/** What the run waits for, of several obstacles: first what we know ourselves, then what the dock reports. */
const obstacleOf = ({
  found,
  isFlying,
  isUploading,
}: {
  found: 'busy' | 'offline' | undefined
  isFlying: boolean
  isUploading: boolean
}): Facts['obstacle'] => {
  if (isUploading) return 'dockBusy'
  if (found === 'offline') return 'dockAway'
  if (isFlying) return 'flight'
  return found && 'dockBusy'
}

const listingOf = async (use: EngineNeeds, run: Run, now: number): Promise<Facts['listing']> => {
  const id = run.listing?.id
  const [listing, logs] = await Promise.all([
    id === undefined ? undefined : use.listings.get(run.dockSn, id),
    use.listings.logs(run.dockSn),
  ])
  if (!listing || id === undefined) return undefined
  const { state, failure } = listingView(listing, now)
  return {
    state,
    failure,
    deadlineAt: listing.deadlineAt,
    failures: failuresOf(listing),
    isAircraftAsleep: (listing.answer?.modules ?? []).some(
      ({ module, result }) => module === 'aircraft' && asksForAircraft(result),
    ),
    // A listing requested later will do too.
    listed: logs.filter(({ listingId }) => listingId >= id),
  }
}

const failuresOf = ({ answer }: Listing): NonNullable<Facts['listing']>['failures'] =>
  Object.fromEntries(
    (answer?.modules ?? []).flatMap(({ module, result }) =>
      result === 0 ? [] : [[module, explained(result)]],
    ),
  )

/** The newest upload of the series: it is over only when no follow-up comes. */
const uploadOf = async (use: EngineNeeds, run: Run, now: number): Promise<Facts['upload']> => {
  const newest = run.uploadId === undefined ? undefined : await newestTry(use, run.dockSn, run.uploadId)
  if (!newest) return undefined
  const { request, hot } = newest
  const status = uploadStatus(hot.terms, hot.registers, now)
  const isOver =
    !status.open &&
    status.checkAt === undefined &&
    followUp(hot.terms, hot.registers, status, now) === undefined
  const { failure } = uploadView(request, hot, now)
  return { isOver, outcome: await outcomeOf(use, run, now), failure }
}

/** Which of the picked logs arrived, by any upload of the series. */
const outcomeOf = async (
  use: EngineNeeds,
  { dockSn, uploadId = '', picked = [], leftOut }: Run,
  now: number,
): Promise<'collected' | 'partial' | 'failed'> => {
  const tries = await triesFrom(use, dockSn, uploadId)
  const arrived = new Set(
    tries.flatMap(({ request, hot }) => {
      const { archives } = uploadStatus(hot.terms, hot.registers, now)
      return request.archives.flatMap(({ module, bootIndexes }) =>
        archives[module]?.state === 'verified' ? bootIndexes.map((boot) => `${module} ${boot}`) : [],
      )
    }),
  )
  const expected = picked.flatMap(({ module, bootIndexes }) => bootIndexes.map((boot) => `${module} ${boot}`))
  const isWhole = expected.every((log) => arrived.has(log))
  if (isWhole && leftOut.every(({ why }) => why === 'noLogs')) return 'collected'
  return arrived.size > 0 ? 'partial' : 'failed'
}
