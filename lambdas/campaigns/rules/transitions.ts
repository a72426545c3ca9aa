/**
 * The life of a campaign that drives its upgrades: every state, every event, and what follows. This table is
 * the only place that says so. Pure.
 *
 * An event that says what is so already leaves all as it is, so a request may be repeated. `resume` goes to
 * `running`, where the gate of the present phase is judged anew: a phase that waited for approval when it was
 * paused waits for it again. What stopped at a gate stays: devices that are confirmed by then are not offered
 * anything by another campaign either.
 */

/**
 * `preparing`: its devices are dealt to the phases. `stopped`: a gate was not passed. Nothing is offered in
 * `draft`, `preparing`, `paused`, `stopped`, `finished` and `aborted`; in `awaitingApproval` the devices of
 * the phase that has passed go on, and no other phase opens.
 */
export const campaignStates = [
  'draft',
  'preparing',
  'running',
  'awaitingApproval',
  'paused',
  'stopped',
  'finished',
  'aborted',
] as const
export type CampaignState = (typeof campaignStates)[number]

export const campaignEvents = [
  'start',
  'prepared',
  'gatePassed',
  'gatePassedNeedsApproval',
  'gateFailed',
  'lastPhaseDone',
  'pause',
  'resume',
  'approve',
  'abort',
] as const
export type CampaignEvent = (typeof campaignEvents)[number]

/** What has no entry is refused. */
export const transitions: Readonly<
  Record<CampaignState, Readonly<Partial<Record<CampaignEvent, CampaignState>>>>
> = {
  draft: { start: 'preparing', abort: 'aborted' },
  preparing: { start: 'preparing', prepared: 'running', abort: 'aborted' },
  running: {
    gatePassed: 'running',
    gatePassedNeedsApproval: 'awaitingApproval',
    gateFailed: 'stopped',
    lastPhaseDone: 'finished',
    pause: 'paused',
    resume: 'running',
    abort: 'aborted',
  },
  awaitingApproval: { approve: 'running', pause: 'paused', abort: 'aborted' },
  paused: { pause: 'paused', resume: 'running', abort: 'aborted' },
  stopped: { abort: 'aborted' },
  finished: {},
  aborted: { abort: 'aborted' },
}

/** Undefined: in this state there is no such event. */
export const next = (state: CampaignState, event: CampaignEvent): CampaignState | undefined =>
  transitions[state][event]

export const phaseStates = ['waiting', 'open', 'awaitingApproval', 'passed', 'notPassed', 'done'] as const
export type PhaseState = (typeof phaseStates)[number]

/**
 * The state of the phase at which a campaign is, once it has opened. Those before it have passed, those after it
 * wait.
 */
const presentPhase: Readonly<Record<CampaignState, PhaseState>> = {
  draft: 'waiting',
  preparing: 'waiting',
  running: 'open',
  awaitingApproval: 'awaitingApproval',
  paused: 'open',
  stopped: 'notPassed',
  finished: 'done',
  aborted: 'notPassed',
}

/** `present`: the number of the phase at which the campaign is; `hasOpened`: whether it has. */
export const phaseStateOf = (
  phase: number,
  { state, present, hasOpened }: { state: CampaignState; present: number; hasOpened: boolean },
): PhaseState => {
  if (phase !== present) return phase < present ? 'passed' : 'waiting'
  return hasOpened ? presentPhase[state] : 'waiting'
}
