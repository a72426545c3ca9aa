import type { AircraftPower } from '../debugging/power.ts'
import type { BeginNeeds } from '../logs/begin.ts'
import type { AskNeeds } from '../logs/listings/ask.ts'
import type { listingStore } from '../logs/listings/store.ts'
import type { PlanNeeds } from '../logs/plan.ts'
import type { presenceStore } from '../presence/store.ts'
import type { Dock, dockStore } from '../registry/store.ts'
import type { Run } from './run.ts'
import type { RunStore } from './run-store.ts'
import type { Collection, collectionStore } from './store.ts'
import type { TurnStore } from './turns.ts'

/** What advancing a run needs. */
export type EngineNeeds = BeginNeeds &
  AskNeeds &
  PlanNeeds & {
    collections: Pick<ReturnType<typeof collectionStore>, 'get'>
    runs: RunStore
    turns: TurnStore
    docks: Pick<ReturnType<typeof dockStore>, 'find'>
    presence: Pick<ReturnType<typeof presenceStore>, 'of'>
    listings: ReturnType<typeof listingStore>
    /** What keeps a dock from exporting logs, besides an upload of ours. */
    obstacle: (dockSn: string, now: number) => Promise<'busy' | 'offline' | undefined>
    power: Pick<AircraftPower, 'find' | 'open' | 'renew' | 'release'>
  }

/** The holder name under which a run keeps a dock in debug mode. */
export const holderOf = ({ collectionId, id }: Pick<Run, 'collectionId' | 'id'>): string =>
  `collections/${collectionId}/runs/${id}`

export type At = { run: Run; collection: Collection | undefined; dock: Dock | undefined }
