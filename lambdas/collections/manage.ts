import type { idempotencyStore, Repeated } from '../http/idempotency.ts'
import { iso } from '../http/iso.ts'
import type { Handlers, Request } from '../http/on-http.ts'
import {
  accepted,
  done,
  type HttpReply,
  invalid,
  ok,
  problem,
  repeatedKey,
  unknownCollection,
} from '../http/reply.ts'
import type { dockStore } from '../registry/store.ts'
import type { NewId } from '../runtime/new-id.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { type ExpandNeeds, expand } from './expand.ts'
import type { collectionRoutes } from './routes.ts'
import { concernsDock } from './rules/causes.ts'
import { nextDaily } from './rules/daily.ts'
import { defaults } from './rules/shapes.ts'
import type { Start, StartStore } from './starts.ts'
import {
  type Collection,
  type CollectionSettings,
  type collectionStore,
  isVisible,
  maxCollections,
} from './store.ts'
import { collectionView } from './view.ts'

/** Creates, changes and deletes collections, and starts them by hand. */

type Needs = ExpandNeeds & {
  collections: ReturnType<typeof collectionStore>
  starts: StartStore
  docks: Pick<ReturnType<typeof dockStore>, 'find' | 'list'>
  idempotency: ReturnType<typeof idempotencyStore>
  now: () => number
  newId: NewId
}

type CollectionRoute = 'putCollection' | 'deleteCollection' | 'runCollection'

export const manageCollections = (use: Needs): Handlers<typeof collectionRoutes, CollectionRoute> => ({
  putCollection: async ({ params: { id }, body, fleets, caller }) => {
    const fleet = body.docks ? await fleetOfDocks(use, body.docks, fleets) : { fleet: body.fleet }
    if ('status' in fleet) return fleet
    if (fleets !== 'all' && (fleet.fleet === undefined || !includes(fleets, fleet.fleet)))
      return problem('not-permitted', 'This needs the permission admin for that fleet.')
    const known = await use.collections.get(id)
    if (!known && (await isFull(use))) return tooMany()
    const now = use.now()
    const settings = settingsOf({ ...body, ...fleet }, known, now)
    const collection = await use.collections.put(id, settings, { fleets, by: caller.name, now })
    return collection ? ok(collectionView(collection)) : unknownCollection(id)
  },

  deleteCollection: async ({ params: { id }, fleets }) => {
    const known = await use.collections.get(id)
    if (!known || !isVisible(known, fleets)) return unknownCollection(id)
    await use.collections.delete(id)
    return done()
  },

  runCollection: async ({ params: { id }, body, fleets, idempotency }) => {
    const collection = await use.collections.get(id)
    if (!collection || !isVisible(collection, fleets)) return unknownCollection(id)
    const now = use.now()
    const repeated = await use.idempotency.find(idempotency, now)
    if (repeated) return showRepeated(use, id, repeated)
    if (!collection.enabled) return problem('collection-disabled', 'Enable the collection, then run it.')
    const faults = body.docks ? await faultsOfDocks(use, collection, body.docks) : []
    if (faults.length > 0) return invalid(faults)
    const start: Start = {
      id: use.newId(now),
      collectionId: id,
      kind: 'manual',
      at: now,
      rev: 1,
      ...(body.docks ? { docks: body.docks } : {}),
    }
    const another = await use.starts.add(start, now, idempotency)
    if (another) return showRepeated(use, id, another)
    // Begins with the first docks at once. The sweep continues with the rest, also if this request ends
    // early.
    await expand(use, collection, start)
    return startedView(start)
  },
})

const isFull = async ({ collections }: Needs): Promise<boolean> =>
  (await collections.list('all', { limit: maxCollections })).items.length >= maxCollections

const tooMany = (): HttpReply =>
  problem(
    'too-many-collections',
    `There may be at most ${maxCollections}. Delete one that is no longer needed.`,
  )

const settingsOf = (
  body: Request<typeof collectionRoutes.putCollection>['body'],
  known: Collection | undefined,
  now: number,
): CollectionSettings => {
  const { name, enabled = true, fleet, docks, when, logs } = body
  const { finishWithinSeconds, atOnce, retries } = { ...defaults, ...definedOf(body) }
  const daily = when && 'daily' in when ? when.daily : undefined
  const isSame = JSON.stringify(known?.when) === JSON.stringify(when)
  // A daily run that is due this minute is not lost if another setting changes.
  const overdue = isSame && known?.checkAt !== undefined && known.checkAt <= now ? known.checkAt : undefined
  return {
    name,
    enabled,
    fleet,
    docks,
    when,
    logs,
    finishWithinSeconds,
    atOnce,
    retries,
    wakeAircraft: body.wakeAircraft ?? false,
    checkAt: daily && enabled ? (overdue ?? nextDaily(daily, now).at) : undefined,
  }
}

const definedOf = ({
  finishWithinSeconds,
  atOnce,
  retries,
}: Request<typeof collectionRoutes.putCollection>['body']) => ({
  ...(finishWithinSeconds === undefined ? {} : { finishWithinSeconds }),
  ...(atOnce === undefined ? {} : { atOnce }),
  ...(retries === undefined ? {} : { retries }),
})

/** Named docks must be in the caller's fleets; if all are in one fleet, so is the collection. */
const fleetOfDocks = async (
  { docks }: Needs,
  named: readonly string[],
  fleets: Fleets,
): Promise<{ fleet: string | undefined } | HttpReply> => {
  const found = await Promise.all(named.map((dockSn) => docks.find(dockSn, fleets)))
  const errors = found.flatMap((dock, n) =>
    dock ? [] : [{ path: `docks[${n}]`, message: 'is not a dock in any of your fleets' }],
  )
  if (errors.length > 0) return invalid(errors)
  const all = new Set(found.map((dock) => dock?.fleet))
  if (all.size > 1 && fleets !== 'all')
    return invalid([
      { path: 'docks', message: 'must be in one fleet, unless you may do this for all fleets' },
    ])
  return { fleet: all.size === 1 ? found[0]?.fleet : undefined }
}

const faultsOfDocks = async ({ docks }: Needs, collection: Collection, named: readonly string[]) => {
  const found = await Promise.all(named.map((dockSn) => docks.find(dockSn, 'all')))
  return found.flatMap((dock, n) =>
    dock && concernsDock(collection, dock)
      ? []
      : [{ path: `docks[${n}]`, message: 'is not a dock of this collection' }],
  )
}

const showRepeated = async ({ starts }: Needs, id: string, repeated: Repeated): Promise<HttpReply> => {
  if (repeated.outcome === 'another') return repeatedKey()
  const start = await starts.get(id, repeated.id)
  return start
    ? startedView(start)
    : problem('not-found', 'What this Idempotency-Key made is no longer kept.')
}

const startedView = ({ collectionId, id, at, docks }: Start): HttpReply =>
  accepted(
    { collectionId, startId: id, at: iso(at), docks: docks?.length },
    `/v1/collections/${collectionId}/runs`,
  )
