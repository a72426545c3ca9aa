import { debugChanges } from '../debugging/changes.ts'
import type { ChangeSource } from '../table/change.ts'

/** What each room tells of its changes. */
export const changeSources: readonly ChangeSource[] = [debugChanges]
