import { iso } from '../../http/iso.ts'
import type { View } from '../../http/shapes.ts'
import { failedIn, openIn, type PhaseSummary } from '../counts.ts'
import type { Phase } from '../rules/shapes.ts'
import { phaseStateOf } from '../rules/transitions.ts'
import { isOpenAt, nextOpening } from '../rules/window.ts'
import type * as shapes from '../shapes.ts'
import type { Campaign } from '../store.ts'
import type { Rollout } from './rollout.ts'

/** The progress of driving campaigns, as the API shows it. Pure. */

/** Undefined for a watching campaign. */
export const drivingSummary = ({ packageId, window, pace, retry, select, rollout, aborted }: Campaign) =>
  rollout && {
    packageId,
    state: aborted ? ('aborted' as const) : rollout.state,
    window,
    pace,
    retry,
    select,
    chosen: rollout.chosen,
    leftOut: rollout.leftOut,
    stopped: rollout.stopped,
  }

export const drivingView = (
  campaign: Campaign,
  counts: readonly PhaseSummary[] | undefined,
  now: number,
): Pick<View<typeof shapes.Campaign>, 'phases' | 'waitingFor' | 'windowOpensAt'> => {
  const { rollout, phases = [], window } = campaign
  if (!rollout) return {}
  const waitingFor = waitingForOf(campaign, rollout, now)
  const standing: Rollout = campaign.aborted ? { ...rollout, state: 'aborted' } : rollout
  const opensAt = waitingFor === 'window' && window ? nextOpening(window, window.timeZone, now) : undefined
  return {
    phases: phases.map((phase, n) => phaseView(phase, n, standing, counts?.[n])),
    waitingFor,
    windowOpensAt: opensAt === undefined ? undefined : iso(opensAt),
  }
}

const waitingForOf = ({ aborted, window }: Campaign, { state }: Rollout, now: number) => {
  if (aborted) return 'nothing'
  if (state === 'draft') return 'start'
  if (state === 'preparing') return 'preparation'
  if (state === 'awaitingApproval') return 'approval'
  if (state === 'paused') return 'resume'
  if (state !== 'running') return 'nothing'
  // With the devices' own time zones it may be open for some.
  const isClosed = window?.timeZone !== undefined && !isOpenAt(window, window.timeZone, now)
  return isClosed ? 'window' : 'devices'
}

const none: PhaseSummary = { states: {}, confirmed: 0 }

type PhaseView = NonNullable<View<typeof shapes.Campaign>['phases']>[number]

const phaseView = (phase: Phase, n: number, rollout: Rollout, count: PhaseSummary = none): PhaseView => {
  const { size = 0, released = 0, openedAt, endedAt } = rollout.phases[n] ?? {}
  return {
    ...phase,
    state: phaseStateOf(n, {
      state: rollout.state,
      present: rollout.phase,
      hasOpened: rollout.phases[rollout.phase]?.openedAt !== undefined,
    }),
    size,
    released,
    atWork: openIn(count),
    confirmed: count.confirmed,
    failed: failedIn(count),
    openedAt: openedAt === undefined ? undefined : iso(openedAt),
    endedAt: endedAt === undefined ? undefined : iso(endedAt),
  }
}
