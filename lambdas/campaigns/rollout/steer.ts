import type { Caller } from '../../http/caller.ts'
import type { Handlers } from '../../http/on-http.ts'
import { campaignDeleted, type HttpReply, ok, overtaken, problem, unknownCampaign } from '../../http/reply.ts'
import type { UpgradePackage } from '../../packages/package.ts'
import type { packageStore } from '../../packages/store.ts'
import type { Table } from '../../table/client.ts'
import type { Fleets } from '../../table/fleets.ts'
import type { campaignRoutes } from '../routes.ts'
import { type CampaignEvent, next } from '../rules/transitions.ts'
import { type Campaign, type campaignStore, isVisible } from '../store.ts'
import { campaignHref, type countedViews } from '../view.ts'
import { openNext } from './drive.ts'
import { writeDecision } from './history.ts'
import type { Rollout } from './rollout.ts'
import { rolloutRows } from './rows.ts'

/** What people decide about a driving campaign: start, pause, resume, approve. Idempotent. */

type Needs = {
  table: Table
  campaigns: Pick<ReturnType<typeof campaignStore>, 'get'>
  packages: Pick<ReturnType<typeof packageStore>, 'get' | 'use'>
  counted: ReturnType<typeof countedViews>
  now: () => number
}

export type SteerRoute = 'startCampaign' | 'pauseCampaign' | 'resumeCampaign' | 'approveCampaign'

/** The longest that a campaign and its records are kept, ms: its package is in use for that long. */
const usedForMs = 400 * 86_400_000

/** Tries against concurrent decisions: after each, the event is judged again. */
const maxTries = 5

type SteerRequest = { params: { id: string }; fleets: Fleets; caller: Caller }

export const steerCampaigns = (use: Needs): Handlers<typeof campaignRoutes, SteerRoute> => {
  const { table, now, packages } = use

  /** `refusal`: why the event is refused; `change`: what the event changes besides the state. */
  const decide = async (
    { params: { id }, fleets, caller }: SteerRequest,
    event: CampaignEvent,
    {
      refusal = async () => undefined,
      change = (rollout: Rollout) => rollout,
      comment,
    }: {
      refusal?: (campaign: Campaign, rollout: Rollout) => Promise<HttpReply | undefined>
      change?: (rollout: Rollout) => Rollout
      comment?: string | undefined
    } = {},
  ): Promise<HttpReply> => {
    for (let tries = 1; tries <= maxTries; tries++) {
      const campaign = await use.campaigns.get(id)
      if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(id)
      if (campaign.deleted) return campaignDeleted()
      const { rollout } = campaign
      if (!rollout) return campaignWatches()
      const state = campaign.aborted ? undefined : next(rollout.state, event)
      if (!state) return problem('wrong-campaign-state', refusedIn(campaign, event))
      const refused = await refusal(campaign, rollout)
      if (refused) return refused
      if (state === rollout.state && event !== 'approve') return ok(await use.counted(campaign))
      const entry = {
        at: now(),
        by: caller.name,
        event,
        phase: campaign.phases?.[rollout.phase]?.name,
        comment,
      }
      if (!(await writeDecision(table, campaign, change({ ...rollout, state }), entry))) continue
      const changed = await use.campaigns.get(id)
      return ok(await use.counted(changed ?? campaign))
    }
    return overtaken('campaign')
  }

  return {
    startCampaign: (request) =>
      decide(request, 'start', {
        refusal: async (campaign) =>
          (await withoutDevices(table, campaign)) ?? (await withoutPackage(packages, campaign, now())),
        change: (rollout) => ({
          ...rollout,
          startedBy: request.caller.name,
          preparing: { selected: false },
        }),
      }),
    pauseCampaign: (request) =>
      decide(request, 'pause', { change: (rollout) => ({ ...rollout, pausedAt: now() }) }),
    resumeCampaign: (request) => decide(request, 'resume', { change: (rollout) => resumed(rollout, now()) }),
    approveCampaign: (request) =>
      decide(request, 'approve', {
        refusal: async (campaign, { phase }) =>
          approvalRefused(campaign, phase, request.caller, request.body.phase),
        change: (rollout) => openNext(rollout, now()),
        comment: request.body.comment,
      }),
  }
}

/** Adds the pause to the open phase's time. */
const resumed = ({ pausedAt, ...rollout }: Rollout, at: number): Rollout => ({
  ...rollout,
  phases: rollout.phases.map((phase, n) =>
    n === rollout.phase ? { ...phase, pausedMs: (phase.pausedMs ?? 0) + at - (pausedAt ?? at) } : phase,
  ),
})

export const campaignWatches = (): HttpReply =>
  problem('campaign-watches', 'The campaign has no package: another platform upgrades its devices.')

const refusedIn = ({ aborted, rollout }: Campaign, event: CampaignEvent): string =>
  rollout?.state === 'preparing' && !aborted
    ? `The campaign is still preparing: ${event} is possible later. Until then it can only be aborted.`
    : `The campaign is ${aborted ? 'aborted' : rollout?.state}: ${event} is not possible.`

const withoutDevices = async (table: Table, { id, select }: Campaign): Promise<HttpReply | undefined> =>
  select || (await rolloutRows(table, id).hasChosen())
    ? undefined
    : problem(
        'campaign-empty',
        `Choose its devices with POST ${campaignHref(id)}/devices, or with its \`select\`.`,
      )

const withoutPackage = async (
  packages: Needs['packages'],
  campaign: Campaign,
  now: number,
): Promise<HttpReply | undefined> => {
  const { id, packageId = '' } = campaign
  const used = await packages.use(packageId, { campaignId: id }, now, now + usedForMs)
  // A proved package does not change. So it is compared only after `use`, which succeeds only for a proved
  // one.
  const known = used === 'used' ? await packages.get(packageId) : undefined
  if (known && fitsCampaign(known, campaign)) return undefined
  const reason = used === 'used' ? 'not as it was when it was given to the campaign' : reasons[used]
  return problem(
    'package-not-ready',
    `The package ${packageId} is ${reason}. See GET /v1/packages/${packageId}.`,
  )
}

const fitsCampaign = (known: UpgradePackage, campaign: Campaign): boolean =>
  known.package === campaign.package &&
  known.version === campaign.target &&
  (known.fleet === undefined || known.fleet === campaign.fleet)

const reasons = {
  unknown: 'not known',
  notProved: 'not proved to be in storage',
  deleted: 'deleted',
} as const

/**
 * Four eyes: a caller who determined the campaign's settings does not approve it. `named`: the phase in the
 * request.
 */
const approvalRefused = (
  { madeBy, changers = [], changedBy, phases = [] }: Campaign,
  phase: number,
  caller: Caller,
  named: string,
): HttpReply | undefined => {
  const passed = phases[phase]?.name
  if (passed !== named) return problem('wrong-campaign-state', `The phase that awaits approval is ${passed}.`)
  return [madeBy, changedBy, ...changers].includes(caller.id)
    ? problem(
        'approval-by-maker',
        'The campaign has to be approved by somebody who neither made nor changed it.',
      )
    : undefined
}
