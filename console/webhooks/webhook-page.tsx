import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import type { Webhook } from '../api/records.ts'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { Facts } from '../shell/facts.tsx'
import { Page } from '../shell/page.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { Ago, Time } from '../words/time.tsx'
import { DeliveriesTable } from './deliveries-table.tsx'
import { ReplayDialog } from './replay-dialog.tsx'
import { SecretDialog } from './secret-dialog.tsx'
import { typeName } from './types.ts'
import { useDeleteWebhook, useRotateSecret, useTestWebhook, useWebhook } from './use-webhooks.ts'
import { WebhookForm } from './webhook-form.tsx'
import { fleetsText, reasonText, webhookStates } from './words.ts'

const State = ({ of: { state, stateSince } }: { of: Webhook }) => (
  <>
    <StatusIndicator type={webhookStates[state].type}>{webhookStates[state].text}</StatusIndicator>
    <div>
      since <Time at={stateSince} />
    </div>
  </>
)

const facts = (webhook: Webhook) => [
  { label: 'State', value: <State of={webhook} /> },
  { label: 'Receiver', value: <Foreign text={webhook.url} /> },
  { label: 'Events', value: webhook.types.map(typeName).join('; ') },
  { label: 'Fleets', value: fleetsText(webhook) },
  { label: 'Secret renewed', value: <Time at={webhook.secretRotatedAt} /> },
  { label: 'Changed', value: <Time at={webhook.updatedAt} /> },
  { label: 'Created', value: <Time at={webhook.createdAt} /> },
  { label: 'By', value: <Foreign text={webhook.createdBy} /> },
]

/** Why nothing is delivered, and what to do. */
const Trouble = ({ of: { state, down } }: { of: Webhook }) => {
  if (state === 'ended')
    return (
      <Alert type="warning" header="Its receiver has ended the deliveries">
        It answered 410. To start again, press Change and save it.
      </Alert>
    )
  if (!down) return null
  return (
    <Alert type="warning" header={`${reasonText(down)}`}>
      Down since <Time at={down.since} />, after {count(down.tries, 'try', 'tries')}, the last{' '}
      <Ago at={down.lastTriedAt} />. What is new waits
      {down.nextTryAt ? (
        <>
          ; the next try is at <Time at={down.nextTryAt} />. Press Test to try it at once
        </>
      ) : (
        ''
      )}
      .
    </Alert>
  )
}

const Delete = ({ id }: { id: string }) => {
  const navigate = useNavigate()
  const remove = useDeleteWebhook(() => void navigate('/webhooks'))
  return (
    <ConfirmedButton
      label="Delete"
      question="Delete this webhook?"
      answer="Delete it"
      busy={remove.isPending}
      act={(settled) => remove.mutate(id, settled)}
    >
      Deliveries that are still waiting are not sent.
    </ConfirmedButton>
  )
}

const Rotate = ({ id, rotated }: { id: string; rotated: (secret: string | undefined) => void }) => {
  const rotate = useRotateSecret(id, ({ secret }) => rotated(secret))
  return (
    <ConfirmedButton
      label="Renew the secret"
      question="Create a new secret?"
      answer="Create it"
      busy={rotate.isPending}
      act={(settled) => rotate.mutate(undefined, settled)}
    >
      The previous secret also signs for 24 hours: give the receiver the new one by then.
    </ConfirmedButton>
  )
}

const Buttons = ({ webhook }: { webhook: Webhook }) => {
  const { id, state } = webhook
  const [open, setOpen] = useState<'change' | 'replay'>()
  const [secret, setSecret] = useState<string>()
  const test = useTestWebhook(id)
  const close = () => setOpen(undefined)
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Delete id={id} />
      <Rotate id={id} rotated={setSecret} />
      <Button onClick={() => setOpen('change')}>Change</Button>
      {state !== 'ended' && <Button onClick={() => setOpen('replay')}>Send again</Button>}
      {state !== 'ended' && (
        <Button variant="primary" loading={test.isPending} onClick={() => test.mutate()}>
          Test
        </Button>
      )}
      {open === 'change' && <WebhookForm webhook={webhook} close={close} saved={close} />}
      {open === 'replay' && <ReplayDialog id={id} close={close} />}
      {secret !== undefined && <SecretDialog secret={secret} close={() => setSecret(undefined)} />}
    </SpaceBetween>
  )
}

/** A webhook: its settings, the state of its receiver, and its deliveries. */
export const WebhookPage = () => {
  const { id = '' } = useParams()
  const { data: webhook, error, refetch } = useWebhook(id)
  return (
    <Page
      title={id}
      description={webhook && <Foreign text={webhook.url} />}
      actions={webhook && <Buttons webhook={webhook} />}
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!webhook && !error && <Spinner size="large" />}
      {webhook && (
        <SpaceBetween size="l">
          <Trouble of={webhook} />
          <Container header={<Header variant="h2">What it sends</Header>}>
            <Facts columns={4} items={facts(webhook)} />
          </Container>
          <DeliveriesTable id={id} />
        </SpaceBetween>
      )}
    </Page>
  )
}
