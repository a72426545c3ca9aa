/**
 * The state machine of a driving campaign: every state, every event, and what follows. No other place decides
 * that. Pure.
 *
 * An event that changes nothing leaves all as it is, so a request may be repeated. `resume` leads to
 * `running`, where the gate of the current phase is judged again: a phase that waited for approval when it
 * was paused waits for it again. A campaign that stopped at a gate stays stopped: another campaign would not
 * offer its confirmed devices anything either.
 */

/**
 * `preparing`: its devices are being assigned to phases. `stopped`: a gate was not passed. No offers are made
 * in `draft`, `preparing`, `paused`, `stopped`, `finished` and `aborted`. In `awaitingApproval` the devices
 * of the passed phase go on, and no other phase opens.
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

/** An event without an entry is refused. */
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

/** Undefined: this state does not accept the event. */
export const next = (state: CampaignState, event: CampaignEvent): CampaignState | undefined =>
  transitions[state][event]

export const phaseStates = ['waiting', 'open', 'awaitingApproval', 'passed', 'notPassed', 'done'] as const
export type PhaseState = (typeof phaseStates)[number]

/**
 * The state of a campaign's current phase once it has opened. Earlier phases have passed, later ones wait.
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

/** `present`: the number of the current phase; `hasOpened`: whether it has opened. */
export const phaseStateOf = (
  phase: number,
  { state, present, hasOpened }: { state: CampaignState; present: number; hasOpened: boolean },
): PhaseState => {
  if (phase !== present) return phase < present ? 'passed' : 'waiting'
  return hasOpened ? presentPhase[state] : 'waiting'
}
