import Box from '@cloudscape-design/components/box'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { WebhookDelivery } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { StateList } from '../shell/state-list.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { typeName } from './types.ts'
import { useDeliveries } from './use-webhooks.ts'
import { deliveryStates, reasonText } from './words.ts'

type State = WebhookDelivery['state']

const Status = ({ of: { state, reason, status, replayedAt } }: { of: WebhookDelivery }) => (
  <>
    <StatusIndicator type={deliveryStates[state].type}>{deliveryStates[state].text}</StatusIndicator>
    {reason && state !== 'delivered' && (
      <Box fontSize="body-s">{reasonText({ reason, ...(status === undefined ? {} : { status }) })}</Box>
    )}
    {replayedAt && (
      <Box fontSize="body-s" color="text-body-secondary">
        asked for again <Time at={replayedAt} />
      </Box>
    )}
  </>
)

const columns: TableProps.ColumnDefinition<WebhookDelivery>[] = [
  {
    id: 'happened',
    header: 'Happened',
    minWidth: 180,
    isRowHeader: true,
    cell: ({ occurredAt }) => <Time at={occurredAt} />,
  },
  {
    id: 'type',
    header: 'Event',
    minWidth: 200,
    cell: ({ type, id }) => (
      <>
        {typeName(type)}
        <Box fontSize="body-s" color="text-body-secondary">
          <Foreign text={id} />
        </Box>
      </>
    ),
  },
  { id: 'state', header: 'State', minWidth: 190, cell: (delivery) => <Status of={delivery} /> },
  { id: 'tries', header: 'Tries', minWidth: 70, cell: ({ tries }) => tries.toLocaleString('en') },
  { id: 'last', header: 'Last try', minWidth: 180, cell: ({ lastTriedAt }) => <Time at={lastTriedAt} /> },
]

/** The deliveries of a webhook: sent, waiting, and failed ones with the reason. */
export const DeliveriesTable = ({ id }: { id: string }) => {
  const [state, setState] = useState<State>()
  return (
    <StateList
      title="Deliveries"
      one="delivery"
      description="Of the last 30 days, newest first"
      states={deliveryStates}
      state={state}
      choose={setState}
      list={useDeliveries(id, state)}
      columns={columns}
      trackBy={({ id: event, occurredAt }) => `${event} ${occurredAt}`}
      file={`deliveries-of-${id}`}
      empty={<Empty what="Nothing was sent yet" next="Press Test to see whether the receiver takes it." />}
    />
  )
}
