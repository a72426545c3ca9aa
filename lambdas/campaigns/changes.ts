import * as z from 'zod/mini'
import type { Change, ChangeEvent, ChangeSource } from '../changes/change.ts'
import { campaignKey } from '../table/keys.ts'
import { entryKey, readEntry } from './rollout/history.ts'
import type { CampaignEvent } from './rules/transitions.ts'
import { type Campaign, readCampaign } from './store.ts'
import { campaignHref, campaignSummary, decisionView } from './view.ts'

/**
 * The events of campaigns: every decision, by gates or people; for watching campaigns, that they were
 * created, aborted, or that all their devices have ended. The record is as in lists, without counts, plus the
 * history entry of the decision.
 */
export const campaignChanges: ChangeSource = {
  concerns: ({ pk, sk }) => pk.startsWith(campaignKey('').pk) && sk === campaignKey('').sk,
  eventsOf: async ({ before, after }: Change, read) => {
    if (!after) return []
    const [now, earlier] = [readCampaign(after), before && readCampaign(before)]
    const decided = decisionAt(now, earlier, Due.parse(after).checkAt)
    const [entry] = decided ? await read([decided]) : []
    const decision = entry && readEntry(entry)
    const types = [...typesOf(now, earlier), ...(decision ? typesOfDecision[decision.event] : [])]
    return types.map((type) => ({
      type,
      subject: campaignHref(now.id).replace(/^\/v1\//, ''),
      fleet: now.fleet,
      record: { ...campaignSummary(now), ...(decision ? { decision: decisionView(decision) } : {}) },
      previous: { state: earlier && stateOf(earlier) },
    }))
  },
}

const Due = z.object({ checkAt: z.optional(z.number()) })

const stateOf = ({ aborted, rollout }: Campaign): string | undefined =>
  aborted && rollout ? 'aborted' : rollout?.state

const typesOf = (now: Campaign, earlier: Campaign | undefined): ChangeEvent['type'][] => [
  ...(earlier ? [] : ['groundcrew.campaign.created.v1' as const]),
  ...(now.aborted && !earlier?.aborted ? ['groundcrew.campaign.aborted.v1' as const] : []),
  ...(hasFinished(now) && earlier && !hasFinished(earlier)
    ? ['groundcrew.campaign.finished.v1' as const]
    : []),
]

/** A watching campaign has finished when it is no longer due. */
const hasFinished = ({ rollout, aborted, addedAt, dueKind }: Campaign): boolean =>
  !rollout && !aborted && addedAt !== undefined && dueKind === undefined

/**
 * The history entry of a decision, if this write was one. A decision increments `rev`, and sets `checkAt` to
 * its own time; the same transaction wrote the entry.
 */
const decisionAt = ({ id, rollout }: Campaign, earlier: Campaign | undefined, checkAt: number | undefined) =>
  rollout && earlier && rollout.rev !== earlier.rollout?.rev && checkAt !== undefined
    ? entryKey(id, checkAt, rollout.rev)
    : undefined

/** An abort is published when it is requested; the sweep records it as a decision a moment later. */
const typesOfDecision: Readonly<Record<CampaignEvent, readonly ChangeEvent['type'][]>> = {
  start: ['groundcrew.campaign.started.v1'],
  prepared: ['groundcrew.campaign.prepared.v1'],
  gatePassed: ['groundcrew.campaign.gatePassed.v1'],
  gatePassedNeedsApproval: ['groundcrew.campaign.awaitingApproval.v1'],
  gateFailed: ['groundcrew.campaign.gateFailed.v1'],
  lastPhaseDone: ['groundcrew.campaign.finished.v1'],
  pause: ['groundcrew.campaign.paused.v1'],
  resume: ['groundcrew.campaign.resumed.v1'],
  approve: ['groundcrew.campaign.approved.v1'],
  abort: [],
}
