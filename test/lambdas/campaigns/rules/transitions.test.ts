import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type CampaignEvent,
  type CampaignState,
  campaignEvents,
  campaignStates,
  next,
  type PhaseState,
  phaseStateOf,
  transitions,
} from '../../../../lambdas/campaigns/rules/transitions.ts'

/** By hand, a second time: what is not here is refused. */
const expected: [CampaignState, CampaignEvent, CampaignState][] = [
  ['draft', 'start', 'preparing'],
  ['draft', 'abort', 'aborted'],
  ['preparing', 'start', 'preparing'],
  ['preparing', 'prepared', 'running'],
  ['preparing', 'abort', 'aborted'],
  ['running', 'gatePassed', 'running'],
  ['running', 'gatePassedNeedsApproval', 'awaitingApproval'],
  ['running', 'gateFailed', 'stopped'],
  ['running', 'lastPhaseDone', 'finished'],
  ['running', 'pause', 'paused'],
  ['running', 'resume', 'running'],
  ['running', 'abort', 'aborted'],
  ['awaitingApproval', 'approve', 'running'],
  ['awaitingApproval', 'pause', 'paused'],
  ['awaitingApproval', 'abort', 'aborted'],
  ['paused', 'pause', 'paused'],
  ['paused', 'resume', 'running'],
  ['paused', 'abort', 'aborted'],
  ['stopped', 'abort', 'aborted'],
  ['aborted', 'abort', 'aborted'],
]

describe('a campaign', () => {
  for (const state of campaignStates)
    for (const event of campaignEvents) {
      const [, , then] = expected.find(([from, by]) => from === state && by === event) ?? []
      it(`that is ${state} ${then ? `becomes ${then} at` : 'refuses'} ${event}`, () => {
        assert.equal(next(state, event), then)
      })
    }

  it('can come to an end from every state that it can be in', () => {
    const reached = (from: CampaignState, known = new Set<CampaignState>()): Set<CampaignState> => {
      if (known.has(from)) return known
      known.add(from)
      for (const to of Object.values(transitions[from])) reached(to, known)
      return known
    }
    assert.deepEqual(reached('draft'), new Set(campaignStates))
    for (const state of campaignStates)
      assert.ok([...reached(state)].some((one) => one === 'aborted' || one === 'finished'))
  })
})

/** By hand, a second time: the phase at which a campaign is. */
const presentPhases: [CampaignState, PhaseState][] = [
  ['draft', 'waiting'],
  ['preparing', 'waiting'],
  ['running', 'open'],
  ['awaitingApproval', 'awaitingApproval'],
  ['paused', 'open'],
  ['stopped', 'notPassed'],
  ['finished', 'done'],
  ['aborted', 'notPassed'],
]

describe('a phase', () => {
  for (const [state, expected] of presentPhases)
    it(`of a campaign that is ${state} is ${expected}, those before it have passed, those after it wait`, () => {
      const at = { state, present: 1, hasOpened: true }
      assert.deepEqual(
        [0, 1, 2].map((phase) => phaseStateOf(phase, at)),
        ['passed', expected, 'waiting'],
      )
      assert.equal(phaseStateOf(1, { ...at, hasOpened: false }), 'waiting')
    })

  it('has a state in each state of the campaign', () => {
    assert.deepEqual(presentPhases.map(([state]) => state).toSorted(), [...campaignStates].toSorted())
  })
})
