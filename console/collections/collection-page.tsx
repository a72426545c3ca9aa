import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import type { Collection } from '../api/records.ts'
import { mayAdminister, mayOperate } from '../session/grants.ts'
import { useSession } from '../session/session.tsx'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { Facts } from '../shell/facts.tsx'
import { Page } from '../shell/page.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count, duration } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { Enabled } from './run-words.tsx'
import { RunsTable } from './runs-table.tsx'
import { useCollection, useDeleteCollection, useRunCollection } from './use-collections.ts'
import { logsText, whenText, whoseText } from './words.ts'

const facts = (collection: Collection) => [
  { label: 'State', value: <Enabled of={collection} /> },
  {
    label: 'Of',
    value: <Foreign text={collection.docks ? collection.docks.join(', ') : whoseText(collection)} />,
  },
  { label: 'When', value: <Foreign text={whenText(collection.when)} /> },
  { label: 'Logs', value: logsText(collection.logs) },
  { label: 'Sleeping aircraft', value: collection.wakeAircraft ? 'switched on for it' : 'left asleep' },
  { label: 'Over within', value: duration(collection.finishWithinSeconds) },
  { label: 'Docks at once', value: count(collection.atOnce, 'dock') },
  { label: 'Tried again', value: count(collection.retries, 'time') },
  { label: 'Next scheduled run', value: <Time at={collection.nextAt} /> },
  { label: 'Changed', value: <Time at={collection.changedAt} /> },
  { label: 'Created', value: <Time at={collection.createdAt} /> },
  { label: 'By', value: <Foreign text={collection.createdBy} /> },
]

const RunNow = ({ collection }: { collection: Collection }) => {
  const [key, setKey] = useState(() => crypto.randomUUID())
  const run = useRunCollection(() => setKey(crypto.randomUUID()))
  return (
    <ConfirmedButton
      label="Run now"
      question="Run this collection now?"
      answer="Run it"
      busy={run.isPending}
      act={(settled) => run.mutate({ id: collection.id, key }, settled)}
    >
      At {whoseText(collection)}, at most {count(collection.atOnce, 'dock')} at a time. A dock flies no
      mission while it uploads.
    </ConfirmedButton>
  )
}

const Delete = ({ id }: { id: string }) => {
  const navigate = useNavigate()
  const remove = useDeleteCollection(() => void navigate('/collections'))
  return (
    <ConfirmedButton
      label="Delete"
      question="Delete this collection?"
      answer="Delete it"
      busy={remove.isPending}
      act={(settled) => remove.mutate(id, settled)}
    >
      Waiting runs are stopped; started runs continue to their end. Collected logs stay.
    </ConfirmedButton>
  )
}

const nextStep = ({ enabled, when }: Collection): string => {
  if (!enabled) return 'It is disabled: change it to enable it.'
  return when
    ? 'It runs automatically when its time comes, or when you press Run now.'
    : 'Press Run now to run it.'
}

/** A collection: its settings, and its runs. */
export const CollectionPage = () => {
  const { id = '' } = useParams()
  const { grants } = useSession()
  const navigate = useNavigate()
  const { data: collection, error, refetch } = useCollection(id)
  const mayChange = collection !== undefined && mayAdminister(grants, collection)
  const actions = collection && (
    <SpaceBetween direction="horizontal" size="xs">
      {mayChange && <Delete id={id} />}
      {mayChange && <Button onClick={() => navigate(`/new-collection?change=${id}`)}>Change</Button>}
      {mayOperate(grants, collection) && collection.enabled && <RunNow collection={collection} />}
    </SpaceBetween>
  )
  return (
    <Page
      title={collection?.name ?? id}
      description={collection && <Foreign text={`${collection.id} · ${whoseText(collection)}`} />}
      actions={actions}
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!collection && !error && <Spinner size="large" />}
      {collection && (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">What it does</Header>}>
            <Facts columns={4} items={facts(collection)} />
          </Container>
          <RunsTable id={id} next={nextStep(collection)} />
        </SpaceBetween>
      )}
    </Page>
  )
}
