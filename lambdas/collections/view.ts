import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type { Run } from './run.ts'
import type * as shapes from './shapes.ts'
import type { Collection } from './store.ts'

/** Collections and their runs as the API shows them. Pure. */

export const collectionView = ({
  checkAt,
  createdAt,
  changedAt,
  ...rest
}: Collection): View<typeof shapes.Collection> => ({
  ...rest,
  createdAt: iso(createdAt),
  changedAt: iso(changedAt),
  nextAt: checkAt === undefined ? undefined : iso(checkAt),
})

export const causeOf = ({
  collectionId,
  cause: { kind, at, alarm },
}: Pick<Run, 'collectionId' | 'cause'>) => ({ collectionId, kind, at: iso(at), ...(alarm ? { alarm } : {}) })

export const runView = (run: Run): View<typeof shapes.CollectionRun> => ({
  id: run.id,
  collectionId: run.collectionId,
  dockSn: run.dockSn,
  fleet: run.fleet,
  cause: causeOf(run),
  state: run.phase,
  waitingFor: run.waitingFor,
  outcome: run.outcome,
  createdAt: iso(run.createdAt),
  updatedAt: iso(run.updatedAt),
  finishBy: iso(run.finishBy),
  endedAt: isoOf(run.endedAt),
  from: isoOf(run.span?.from),
  to: isoOf(run.span?.to),
  newestBoots: 'newestBoots' in run.logs ? run.logs.newestBoots : undefined,
  listingId: run.listing?.id,
  uploadId: run.uploadId,
  leftOut: run.leftOut,
  covers: run.covers,
  coveredBy: run.coveredBy,
  failure: run.failure,
})

const isoOf = (at: number | undefined): string | undefined => (at === undefined ? undefined : iso(at))
