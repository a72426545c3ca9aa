import {
  CampaignCurve,
  CampaignHistoryEntry,
  Campaign as CampaignShape,
} from '../../../lambdas/campaigns/shapes.ts'
import { page } from '../../../lambdas/http/shapes.ts'
import type { Table } from '../../../lambdas/table/client.ts'
import { upgradeReader } from '../../../lambdas/upgrades/reader.ts'
import type { Campaigns } from '../campaigns.ts'
import { type Fate, type Machine, target } from './machines.ts'
import type { Recount } from './recount.ts'

/** Notes what is otherwise than it was recounted. */
export type Compare = (what: string, measured: unknown, recounted: unknown) => void

type Ended = {
  table: Table
  made: Campaigns
  id: string
  machines: readonly Machine[]
  recount: Recount
  compare: Compare
}

/** A campaign that is over against the recount, and each device; resolves to the campaign as operators see it. */
export const checkAtLast = async (use: Ended) => {
  const { made, id, recount, compare } = use
  const params = { id }
  const view = CampaignShape.parse(await made.done('getCampaign', { params }))
  const { points } = CampaignCurve.parse(await made.done('getCampaignCurve', { params }))
  const curve = points.map(({ at, ...counts }) => ({ at: Date.parse(at), ...counts }))
  compare('curve', curve, recount.known.curve)
  compare('decisions', await decisionsOf(made, id), recount.known.entries)
  for (const [phase, { name, ...one }] of (view.phases ?? []).entries()) {
    const { size, confirmed, failed } = recount.numbersOf(phase)
    compare(name, [one.size, one.confirmed, one.failed, one.atWork], [size, confirmed, failed, 0])
  }
  compareCounts(use, view)
  await compareDevices(use)
  return view
}

/** What the sweep decided, oldest first. */
const decisionsOf = async (made: Campaigns, id: string) => {
  const answer = await made.done('listCampaignHistory', { params: { id } })
  const { items } = page(CampaignHistoryEntry).parse(answer)
  return items
    .filter(({ numbers, event }) => numbers && event !== 'prepared')
    .map(({ at, event, phase = '', numbers = {} }) => ({ at: Date.parse(at), event, phase, numbers }))
    .toReversed()
}

type View = Pick<ReturnType<typeof CampaignShape.parse>, 'evidence' | 'failures' | 'versions'>

const compareCounts = (
  { machines, recount, compare }: Ended,
  { evidence, failures, versions }: View,
): void => {
  const of = (...fates: Fate[]) => machines.filter(({ fate }) => fates.includes(fate)).length
  const reasons = Object.fromEntries(failures.map(({ reason, devices }) => [reason, devices]))
  compare('confirmed', evidence.confirmed, recount.number('confirmed'))
  compare('never heard', reasons.neverHeard, of('silent'))
  compare('low battery', reasons.lowBattery, of('weak'))
  compare('versions', versions, [
    { version: target, devices: of('well', 'recovers', 'unlucky') },
    { version: '1.0', devices: of('weak', 'broken') },
  ])
}

const offersOf: Readonly<Record<Fate, number>> = {
  well: 1,
  silent: 0,
  broken: 1,
  weak: 2,
  recovers: 2,
  unlucky: 2,
}

const compareDevices = async ({ table, machines, recount, compare }: Ended): Promise<void> => {
  const reader = upgradeReader(table)
  for (const { deviceId, fate, offers } of machines) {
    compare(`offers of ${deviceId}`, offers, offersOf[fate])
    const device = await reader.get(deviceId)
    const attempts = device ? (await reader.attempts(device, {})).items.length : 0
    compare(`attempts of ${deviceId}`, attempts, recount.triesOf(deviceId))
  }
}
