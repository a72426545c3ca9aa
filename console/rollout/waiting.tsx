import Alert from '@cloudscape-design/components/alert'
import type { ReactNode } from 'react'
import type { Campaign } from '../api/records.ts'
import { Foreign } from '../words/foreign.tsx'
import { count, duration } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { type Phase, stopReasons } from './rollout-words.tsx'

/** The phase for which the campaign waits now. */
const presentPhase = ({ phases = [] }: Campaign): Phase | undefined =>
  phases.find(({ state }) => state === 'open' || state === 'awaitingApproval' || state === 'notPassed')

/** How many devices of a phase must be confirmed. */
const needed = ({ size, gate }: Phase): number => Math.ceil((size * gate.confirmedPercent) / 100 - 1e-9)

const untilOf = ({ openedAt, gate }: Phase): string | undefined =>
  openedAt === undefined
    ? undefined
    : new Date(Date.parse(openedAt) + gate.withinSeconds * 1000).toISOString()

const ForDevices = ({ phase }: { phase: Phase | undefined }) => {
  if (!phase) return 'It waits for its devices.'
  const { name, size, released, atWork, confirmed, failed } = phase
  const waits = size - released
  return (
    <>
      Phase “<Foreign text={name} />
      ”: {confirmed.toLocaleString('en')} of {count(size, 'device')} confirmed;{' '}
      {needed(phase).toLocaleString('en')} have to be by <Time at={untilOf(phase)} />.{' '}
      {count(atWork, 'device is', 'devices are')} at work, {waits.toLocaleString('en')} wait for their turn,{' '}
      {failed.toLocaleString('en')} failed.
    </>
  )
}

const ForApproval = ({ campaign }: { campaign: Campaign }) => (
  <>
    Phase “<Foreign text={presentPhase(campaign)?.name} />” has passed its gate. Somebody who has not given
    the campaign its settings has to approve the next one; <Foreign text={campaign.requestedBy} /> created it.
  </>
)

const ForWindow = ({ campaign: { window, windowOpensAt } }: { campaign: Campaign }) => (
  <>
    Nothing is offered outside its window, which opens <Time at={windowOpensAt} />
    {window && ` for ${duration(window.minutes * 60)}`}. Upgrades that have begun continue.
  </>
)

type Notice = { type: 'info' | 'success' | 'warning' | 'error'; header: string; text: ReactNode }

const noticeOf = (campaign: Campaign): Notice | undefined => {
  if (campaign.stopped && campaign.state === 'stopped')
    return {
      type: 'error',
      header: 'This campaign has stopped',
      text: (
        <>
          Phase “<Foreign text={presentPhase(campaign)?.name} />
          ”: {stopReasons[campaign.stopped]} Nothing more is offered. Create another campaign for the
          remaining devices.
        </>
      ),
    }
  if (campaign.state === 'finished')
    return { type: 'success', header: 'This campaign is finished', text: 'Its last phase is done.' }
  switch (campaign.waitingFor) {
    case 'start':
      return {
        type: 'info',
        header: 'This campaign is a draft',
        text: 'Nothing is offered to any device before somebody starts it.',
      }
    case 'preparation':
      return {
        type: 'info',
        header: 'It is being prepared',
        text: 'Its devices are divided among the phases, once. That takes a minute or two.',
      }
    case 'devices':
      return {
        type: 'info',
        header: 'It waits for devices',
        text: <ForDevices phase={presentPhase(campaign)} />,
      }
    case 'window':
      return { type: 'info', header: 'It waits for its window', text: <ForWindow campaign={campaign} /> }
    case 'approval':
      return { type: 'warning', header: 'It waits for approval', text: <ForApproval campaign={campaign} /> }
    case 'resume':
      return {
        type: 'warning',
        header: 'It is paused',
        text: 'Nothing is offered until somebody resumes it. Upgrades that have begun continue.',
      }
    default:
      return undefined
  }
}

/** What must happen before a campaign continues. */
export const Waiting = ({ campaign }: { campaign: Campaign }) => {
  const notice = campaign.aborted ? undefined : noticeOf(campaign)
  return (
    notice && (
      <Alert type={notice.type} header={notice.header}>
        {notice.text}
      </Alert>
    )
  )
}
