import type * as z from 'zod/mini'
import type * as shapes from './shapes.ts'
import type { Counts } from './store/campaign-counts.ts'
import type { Campaign } from './store/campaigns.ts'
import { iso } from './store/upload-view.ts'

/** Campaigns as operators see them. Pure. */

type View<Shape extends z.core.$ZodType> = z.input<Shape>

export const campaignHref = (id: string): string => `/v1/campaigns/${id}`

export const campaignSummary = (campaign: Campaign): View<typeof shapes.CampaignSummary> => {
  const {
    id,
    name,
    package: of,
    target,
    timeoutSeconds,
    fleet,
    abort,
    createdAt,
    requestedBy,
    aborted,
  } = campaign
  return {
    id,
    name,
    package: of,
    targetVersion: target,
    timeoutSeconds,
    fleet,
    abort,
    createdAt: iso(createdAt),
    requestedBy,
    aborted: aborted && { ...aborted, at: iso(aborted.at) },
  }
}

/** Versions that are shown one by one: what devices report is theirs, and may be anything. */
const mostVersions = 100

export const campaignView = (campaign: Campaign, counts: Counts): View<typeof shapes.Campaign> => {
  const { states, versions, reasons } = counts
  const byFrequency = mostFrequentFirst(versions)
  // Silence is a failure without a code of the device's.
  const silent = states.timedOut ? { silent: states.timedOut } : {}
  return {
    ...campaignSummary(campaign),
    devices: sum(Object.values(states)),
    states: {
      pending: 0,
      upgrading: 0,
      succeeded: 0,
      failed: 0,
      timedOut: 0,
      rolledBack: 0,
      closed: 0,
      ...states,
    },
    versions: byFrequency.slice(0, mostVersions).map(([version, devices]) => ({ version, devices })),
    otherVersions: sum(byFrequency.slice(mostVersions).map(([, devices]) => devices)),
    failures: mostFrequentFirst({ ...reasons, ...silent }).map(([reason, devices]) => ({ reason, devices })),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** Equally frequent ones by name, so that the answer is the same each time. */
const mostFrequentFirst = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counts).toSorted(
    ([name, devices], [otherName, others]) => others - devices || (name < otherName ? -1 : 1),
  )
