import * as z from 'zod/mini'
import { eachOf } from '../runtime/each-of.ts'
import type { Table } from '../table/client.ts'
import { shardsOfCampaign, shardsOfPhase } from '../table/keys.ts'
import { table as schema } from '../table/schema.ts'
import { pagesOf } from '../table/whole-query.ts'

/**
 * Counts a campaign's devices by state, reported version and reason of failure. No counter is kept while
 * devices report: counts are read from the index `byCampaign`, in which every device of a campaign has one
 * entry.
 */

/**
 * `proving`: devices in `upgrading` that claim the target; `confirmed` and `matched`: how well the successes
 * are known.
 */
export type Counts = {
  states: Readonly<Record<string, number>>
  evidence: { proving: number; matched: number; confirmed: number }
  versions: Readonly<Record<string, number>>
  reasons: Readonly<Record<string, number>>
}

const Entry = z.object({
  state: z.string(),
  evidence: z.optional(z.string()),
  version: z.optional(z.string()),
  reason: z.optional(z.string()),
})
type Entry = z.infer<typeof Entry>

/** Shards of a campaign read in parallel: each page is up to a megabyte. */
const shardsAtOnce = 8

/** Counts the devices in some shards of the index, which is a moment behind the last report. */
const countIn = async (table: Table, shards: readonly string[]): Promise<Counts> => {
  const entries: Entry[] = []
  await eachOf(shards, shardsAtOnce, async (shard) => {
    for await (const page of entriesOf(table, shard)) entries.push(...page)
  })
  return countsOf(entries)
}

type Counted = {
  id: string
  phases?: readonly unknown[] | undefined
  rollout?: { phase: number } | undefined
}

/**
 * Counts a campaign as a whole, and by phase if it has any. Phases that have not opened are not queried,
 * since none of their devices has begun.
 */
export const summarize = async (
  table: Table,
  { id, phases, rollout }: Counted,
): Promise<{ counts: Counts; summary: CampaignSummary }> => {
  if (!phases) {
    const counts = await countCampaign(table, id)
    return { counts, summary: summaryOf(counts) }
  }
  const opened = phases.slice(0, rollout ? rollout.phase + 1 : phases.length)
  const known = await Promise.all(opened.map((_, phase) => countIn(table, shardsOfPhase(id, phase))))
  const counts = known.reduce(sumOf, none)
  return { counts, summary: summaryOf(counts, [...known, ...phases.slice(known.length).map(() => none)]) }
}

/** Up to this many devices are counted at each request, which reads some 80 kB: their counts are not kept. */
export const countedAtOnce = 2_000

const none: Counts = {
  states: {},
  evidence: { proving: 0, matched: 0, confirmed: 0 },
  versions: {},
  reasons: {},
}

const sumOf = (one: Counts, other: Counts): Counts => ({
  states: sumsOf(one.states, other.states),
  evidence: {
    proving: one.evidence.proving + other.evidence.proving,
    matched: one.evidence.matched + other.evidence.matched,
    confirmed: one.evidence.confirmed + other.evidence.confirmed,
  },
  versions: sumsOf(one.versions, other.versions),
  reasons: sumsOf(one.reasons, other.reasons),
})

/** Devices choose their version strings, such as `__proto__`: so the sums are in a Map. */
const sumsOf = (
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> => {
  const sums = new Map(Object.entries(one))
  for (const [name, devices] of Object.entries(other)) sums.set(name, (sums.get(name) ?? 0) + devices)
  return Object.fromEntries(sums)
}

/** Counts a campaign that has no phases. */
export const countCampaign = (table: Table, campaignId: string): Promise<Counts> =>
  countIn(table, shardsOfCampaign(campaignId, undefined))

export const countsOf = (entries: readonly Entry[]): Counts => {
  const tally = (value: (entry: Entry) => string | undefined): Record<string, number> => {
    const sums = new Map<string, number>()
    for (const entry of entries) {
      const name = value(entry)
      if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + 1)
    }
    return Object.fromEntries(sums)
  }
  const known = tally(({ state, evidence }) => evidence && `${state} ${evidence}`)
  return {
    states: tally(({ state }) => state),
    evidence: {
      proving: known['upgrading matched'] ?? 0,
      matched: known['succeeded matched'] ?? 0,
      confirmed: known['succeeded confirmed'] ?? 0,
    },
    versions: tally(({ version }) => version),
    reasons: tally(({ reason }) => reason),
  }
}

async function* entriesOf(table: Table, shard: string): AsyncGenerator<Entry[]> {
  const { name, partitionKey } = schema.indexes.byCampaign
  const pages = pagesOf(table, {
    IndexName: name,
    KeyConditionExpression: '#shard = :shard',
    ExpressionAttributeNames: { '#shard': partitionKey.name },
    ExpressionAttributeValues: { ':shard': shard },
  })
  for await (const items of pages) yield items.map((item) => Entry.parse(item))
}

/**
 * When a campaign is to be aborted: at least `minimumFinished` devices have finished, and at least
 * `failedPercent` of those have failed.
 */
export type Threshold = { failedPercent: number; minimumFinished: number }

type States = Pick<Counts, 'states'>

/**
 * Devices that reported an end or fell silent. A device closed by an operator proves nothing about the
 * package. One whose claim is under proof, or whose answer is awaited, has not finished.
 */
export const finishedIn = ({ states }: States): number => (states.succeeded ?? 0) + failedIn({ states })
export const failedIn = ({ states }: States): number =>
  (states.failed ?? 0) + (states.timedOut ?? 0) + (states.rolledBack ?? 0)

/**
 * Whether the failures reach the threshold, with the meaning that AWS IoT Jobs gives its own: a minimum
 * percentage of failures, once a minimum of devices has finished.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_AbortCriteria.html
 */
export const isReached = ({ failedPercent, minimumFinished }: Threshold, counts: States): boolean => {
  const finished = finishedIn(counts)
  return finished > 0 && finished >= minimumFinished && failedIn(counts) * 100 >= failedPercent * finished
}

/** Devices that have not ended. */
export const openIn = ({ states }: States): number => (states.pending ?? 0) + (states.upgrading ?? 0)

/** All devices that count. */
export const devicesIn = ({ states }: States): number => sum(Object.values(states))

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** Versions counted one by one: devices may report any number of them. */
const maxVersions = 100

/** A phase's devices by state, and how many of the successes are confirmed. */
export const PhaseSummary = z.object({ states: z.record(z.string(), z.number()), confirmed: z.number() })
export type PhaseSummary = z.infer<typeof PhaseSummary>

const phaseSummary = ({ states, evidence }: Counts): PhaseSummary => ({
  states: { ...states },
  confirmed: evidence.confirmed,
})

/**
 * Counts in a size that fits an item and an answer; `otherVersions`: devices that report none of the most
 * frequent versions.
 */
export const CampaignSummary = z.object({
  states: z.record(z.string(), z.number()),
  evidence: z.object({ proving: z.number(), matched: z.number(), confirmed: z.number() }),
  versions: z.array(z.object({ version: z.string(), devices: z.number() })),
  otherVersions: z.number(),
  failures: z.array(z.object({ reason: z.string(), devices: z.number() })),
  phases: z.optional(z.array(PhaseSummary)),
})
export type CampaignSummary = z.infer<typeof CampaignSummary>

export const summaryOf = (counts: Counts, phases?: readonly Counts[]): CampaignSummary => {
  const { states, evidence, versions, reasons } = counts
  const byFrequency = mostFrequentFirst(versions)
  // Silence is a failure without a device's code, and without a reason unless the device was never heard.
  const silences = (states.timedOut ?? 0) - (reasons.neverHeard ?? 0)
  const silent = silences > 0 ? { silent: silences } : {}
  return {
    states: { ...states },
    evidence,
    versions: byFrequency.slice(0, maxVersions).map(([version, devices]) => ({ version, devices })),
    otherVersions: sum(byFrequency.slice(maxVersions).map(([, devices]) => devices)),
    failures: mostFrequentFirst({ ...reasons, ...silent }).map(([reason, devices]) => ({ reason, devices })),
    ...(phases ? { phases: phases.map(phaseSummary) } : {}),
  }
}

/** Ties are sorted by name, so that the answer is the same each time. */
const mostFrequentFirst = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counts).toSorted(
    ([name, devices], [otherName, others]) => others - devices || (name < otherName ? -1 : 1),
  )
