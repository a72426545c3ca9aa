import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { campaignKey } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import type { Package } from '../upgrades/state.ts'
import type { Threshold } from './counts.ts'
import { draft } from './rollout/rollout.ts'
import type { Select } from './rollout/select.ts'
import type { Pace, Phase, Retry, Window } from './rules/shapes.ts'

export type CampaignSettings = {
  name: string
  package: Package
  target: string
  timeoutSeconds: number
  proveSeconds: number
  fleet?: string | undefined
  abort?: Threshold | undefined
  /** What it drives its devices to, and how; undefined: it only watches. */
  driving?: Driving | undefined
}

export type Driving = {
  packageId: string
  phases: readonly Phase[]
  window?: Window | undefined
  pace?: Pace | undefined
  retry?: Retry | undefined
  select?: Select | undefined
}

/** Partition of the index `due`. */
export const campaignDueKind = 'campaign'

/**
 * Creates a campaign or replaces its settings; without `fleet` it belongs to none. Undefined: a condition
 * failed, which `campaignStore.put` explains. Idempotent, except that a repeat makes the campaign due again,
 * so that its retention period restarts once the sweep has looked at it.
 */
export const putCampaign = async (
  table: Table,
  id: string,
  { fleet, abort, driving, ...settings }: CampaignSettings,
  { fleets, by, callerId, changers, now, found }: Maker,
): Promise<Record<string, unknown> | undefined> => {
  const once = {
    createdAt: now,
    requestedBy: by,
    kindKey: `${String(now).padStart(13, '0')}#${id}`,
    ...(driving ? { rollout: draft, madeBy: callerId } : {}),
  }
  const due = { dueKind: campaignDueKind, checkAt: now }
  const driven = driving && { ...noDriving, ...driving, changers }
  const set = { ...settings, ...driven, fleet, abort, id, kind: 'campaign', ...due }
  const own = fleets === 'all' ? [] : fleets.map((name, n) => [`:own${n}`, name] as const)
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: campaignKey(id),
        ...updateOf({
          set,
          once,
          add: { settingsRev: 1 },
          values: {
            ...Object.fromEntries(own),
            ...(driving ? { ':draft': draft.rev } : {}),
            ...(typeof found === 'object' && found.settingsRev !== undefined
              ? { ':found': found.settingsRev }
              : {}),
          },
        }),
        ConditionExpression: [
          driving ? isDraft : `${isNotDriving} AND ${sameUpgrade(fleet)}`,
          ...(fleets === 'all' ? [] : [isOwn(own.map(([name]) => name))]),
          isAs(found),
        ].join(' AND '),
        ReturnValues: 'ALL_NEW',
      }),
    ),
  )
  return isRefused(outcome) ? undefined : outcome.Attributes
}

/**
 * `found`: the condition of the write: no campaign exists, or the settings are still those that were read.
 * `changers`: the callers who determined its settings, including this change.
 */
export type Maker = {
  fleets: Fleets
  by: string
  callerId: string
  changers: readonly string[]
  now: number
  found: 'none' | { settingsRev?: number | undefined }
}

/** A deleted campaign has no `kind`. */
const isAs = (found: Maker['found']): string =>
  found === 'none'
    ? 'attribute_not_exists(pk)'
    : `attribute_exists(kind) AND ${
        found.settingsRev === undefined ? 'attribute_not_exists(settingsRev)' : 'settingsRev = :found'
      }`

const isOwn = (fleets: readonly string[]): string =>
  `(attribute_not_exists(pk) OR #fleet IN (${fleets.join(', ')}))`

const noDriving = { window: undefined, pace: undefined, retry: undefined, select: undefined }

/**
 * A campaign can become a driving one only before it has devices, and its settings are fixed once it has
 * started.
 */
const isDraft =
  '((attribute_not_exists(rollout) AND attribute_not_exists(addedAt)) OR rollout.rev = :draft)' +
  ' AND attribute_not_exists(aborted)'
const isNotDriving = 'attribute_not_exists(rollout)'

/** Devices in a watching campaign were added for this upgrade, in this fleet. */
const sameUpgrade = (fleet: string | undefined): string =>
  `(attribute_not_exists(addedAt) OR (#package = :package AND #target = :target AND ${
    fleet === undefined ? 'attribute_not_exists(#fleet)' : '#fleet = :fleet'
  }))`
