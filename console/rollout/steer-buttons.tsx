import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Campaign } from '../api/records.ts'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { ChooseButton } from './choose-button.tsx'
import type { Phase } from './rollout-words.tsx'
import { useSteer } from './use-rollout.ts'

const mostComment = 500

/** The passed phase, for the person who approves the next one. */
const Passed = ({ phase: { name, confirmed, failed, size } }: { phase: Phase }) => (
  <Box>
    Phase “<Foreign text={name} />” has passed its gate: {confirmed.toLocaleString('en')} of{' '}
    {count(size, 'device')} confirmed, {failed.toLocaleString('en')} failed.
  </Box>
)

const ApproveDialog = ({ id, phase, close }: { id: string; phase: Phase; close: () => void }) => {
  const [comment, setComment] = useState('')
  const steer = useSteer(id)
  const text = comment.trim()
  const submit = () =>
    steer.mutate(
      { event: 'approve', phase: phase.name, ...(text ? { comment: text } : {}) },
      { onSettled: close },
    )
  return (
    <FormDialog
      title="Approve the next phase"
      answer="Approve"
      isReady
      submit={submit}
      close={close}
      busy={steer.isPending}
    >
      <Passed phase={phase} />
      <FormField label="Comment – optional" constraintText="It is recorded with your name and these numbers.">
        <Textarea
          autoFocus
          rows={3}
          value={comment}
          onChange={({ detail }) => setComment(detail.value.slice(0, mostComment))}
        />
      </FormField>
    </FormDialog>
  )
}

const Approve = ({ id, phase }: { id: string; phase: Phase }) => {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button variant="primary" onClick={() => setAsking(true)}>
        Approve
      </Button>
      {asking && <ApproveDialog id={id} phase={phase} close={() => setAsking(false)} />}
    </>
  )
}

const Start = ({ id }: { id: string }) => {
  const steer = useSteer(id)
  return (
    <ConfirmedButton
      label="Start"
      isPrimary
      question="Start this campaign?"
      answer="Start it"
      busy={steer.isPending}
      act={(settled) => steer.mutate({ event: 'start' }, settled)}
    >
      Its devices are divided among the phases, once, and the first phase opens. Its settings are final from
      then on.
    </ConfirmedButton>
  )
}

/** The possible actions on a campaign in its state, besides aborting it. */
export const SteerButtons = ({ campaign: { id, state, aborted, phases = [] } }: { campaign: Campaign }) => {
  const steer = useSteer(id)
  const navigate = useNavigate()
  const waiting = phases.find((phase) => phase.state === 'awaitingApproval')
  if (aborted) return null
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {(state === 'running' || state === 'awaitingApproval') && (
        <Button loading={steer.isPending} onClick={() => steer.mutate({ event: 'pause' })}>
          Pause
        </Button>
      )}
      {state === 'paused' && (
        <Button variant="primary" loading={steer.isPending} onClick={() => steer.mutate({ event: 'resume' })}>
          Resume
        </Button>
      )}
      {state === 'draft' && <Button onClick={() => navigate(`/new-campaign?change=${id}`)}>Change</Button>}
      {state === 'draft' && <ChooseButton id={id} />}
      {state === 'draft' && <Start id={id} />}
      {state === 'awaitingApproval' && waiting && <Approve id={id} phase={waiting} />}
    </SpaceBetween>
  )
}
