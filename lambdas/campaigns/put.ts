import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import { campaignKey } from '../table/keys.ts'
import type { Fleets } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import type { Package } from '../upgrades/state.ts'

export type CampaignSettings = {
  name: string
  package: Package
  target: string
  timeoutSeconds: number
  proveSeconds: number
  fleet?: string | undefined
  abort?: { failedPercent: number; minimumFinished: number } | undefined
}

/** Partition of the index `due`. */
export const campaignDueKind = 'campaign'

/**
 * Makes a campaign or replaces its settings; without a fleet it has none. Undefined: it is in a fleet that
 * the caller may not touch, or devices are in it for another upgrade. A repeat changes nothing but the time
 * for which the campaign is kept: that begins again when the sweep has looked at it.
 */
export const putCampaign = async (
  table: Table,
  id: string,
  { fleet, abort, ...settings }: CampaignSettings,
  { fleets, by, now }: { fleets: Fleets; by: string; now: number },
): Promise<Record<string, unknown> | undefined> => {
  const once = { createdAt: now, requestedBy: by, kindKey: `${String(now).padStart(13, '0')}#${id}` }
  const due = { dueKind: campaignDueKind, checkAt: now }
  const set = { ...settings, fleet, abort, id, kind: 'campaign', ...due }
  const own = fleets === 'all' ? [] : fleets.map((name, n) => [`:own${n}`, name] as const)
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: campaignKey(id),
        ...updateOf({ set, once, values: Object.fromEntries(own) }),
        ConditionExpression: [
          sameUpgrade(fleet),
          ...(fleets === 'all' ? [] : [isOwn(own.map(([name]) => name))]),
        ].join(' AND '),
        ReturnValues: 'ALL_NEW',
      }),
    ),
  )
  return isRefused(outcome) ? undefined : outcome.Attributes
}

const isOwn = (fleets: readonly string[]): string =>
  `(attribute_not_exists(pk) OR #fleet IN (${fleets.join(', ')}))`

/** Devices that are in it were let in for this upgrade, in this fleet. */
const sameUpgrade = (fleet: string | undefined): string =>
  `(attribute_not_exists(addedAt) OR (#package = :package AND #target = :target AND ${
    fleet === undefined ? 'attribute_not_exists(#fleet)' : '#fleet = :fleet'
  }))`
