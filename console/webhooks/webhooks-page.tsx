import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Webhook } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { ListHeader } from '../shell/list-header.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Ago } from '../words/time.tsx'
import { SecretDialog } from './secret-dialog.tsx'
import { typeName } from './types.ts'
import { useWebhooks, type WithSecret } from './use-webhooks.ts'
import { WebhookForm } from './webhook-form.tsx'
import { fleetsText, webhookStates } from './words.ts'

const columns: TableProps.ColumnDefinition<Webhook>[] = [
  {
    id: 'id',
    header: 'Webhook',
    minWidth: 130,
    isRowHeader: true,
    cell: ({ id }) => <Link href={`/webhooks/${id}`}>{id}</Link>,
  },
  {
    id: 'state',
    header: 'State',
    minWidth: 150,
    cell: ({ state, down }) => (
      <>
        <StatusIndicator type={webhookStates[state].type}>{webhookStates[state].text}</StatusIndicator>
        {down && (
          <div>
            down since <Ago at={down.since} />
          </div>
        )}
      </>
    ),
  },
  { id: 'url', header: 'Receiver', minWidth: 200, cell: ({ url }) => <Foreign text={url} /> },
  { id: 'types', header: 'Events', minWidth: 190, cell: ({ types }) => types.map(typeName).join('; ') },
  { id: 'fleets', header: 'Fleets', minWidth: 110, cell: fleetsText },
]

/** The webhooks; for administrators. */
export const WebhooksPage = () => {
  const { grants } = useSession()
  const navigate = useNavigate()
  const [making, setMaking] = useState(false)
  const [made, setMade] = useState<WithSecret>()
  const list = useWebhooks()
  const { data, error, isPending, refetch } = list
  const make = grants.may('admin') && <Button onClick={() => setMaking(true)}>Create a webhook</Button>
  const saved = (webhook: WithSecret) => {
    setMaking(false)
    setMade(webhook)
  }
  return (
    <SpaceBetween size="l">
      {error && <ProblemAlert error={error} retry={refetch} />}
      <List
        header={
          <ListHeader
            title="Webhooks"
            description="Your addresses that receive signed notifications of changes"
            read={list}
            csv={data && { name: 'webhooks', read: async () => data }}
            actions={make}
          />
        }
        columnDefinitions={columns}
        items={data?.items ?? []}
        trackBy="id"
        loading={isPending && !error}
        loadingText="Loading webhooks"
        empty={
          <Empty
            what="There is no webhook"
            next="Create one, and a system of yours need not ask what has changed."
            action={make}
          />
        }
      />
      {making && <WebhookForm close={() => setMaking(false)} saved={saved} />}
      {made?.secret !== undefined && (
        <SecretDialog secret={made.secret} close={() => void navigate(`/webhooks/${made.id}`)} />
      )}
    </SpaceBetween>
  )
}
