import { alarmChanges, flightChanges } from '../alarms/changes.ts'
import { campaignChanges } from '../campaigns/changes.ts'
import type { ChangeSource } from '../changes/change.ts'
import { collectionChanges } from '../collections/changes.ts'
import { debugChanges } from '../debugging/changes.ts'
import { listingChanges, uploadChanges } from '../logs/changes.ts'
import { packageChanges } from '../packages/changes.ts'
import { presenceChanges } from '../presence/changes.ts'
import { rejectedChanges } from '../rejected/changes.ts'
import { upgradeChanges } from '../upgrades/changes.ts'
import { webhookChanges } from '../webhooks/changes.ts'

/** The event sources of all rooms. */
export const changeSources: readonly ChangeSource[] = [
  uploadChanges,
  listingChanges,
  upgradeChanges,
  campaignChanges,
  packageChanges,
  presenceChanges,
  rejectedChanges,
  debugChanges,
  collectionChanges,
  alarmChanges,
  flightChanges,
  webhookChanges,
]
