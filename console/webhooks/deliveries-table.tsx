import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { WebhookDelivery } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
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

const everyState = { value: '', label: 'Every state' }
const stateOptions = [
  everyState,
  ...Object.entries(deliveryStates).map(([value, { text: label }]) => ({ value, label })),
]
const isState = (value: string | undefined): value is State =>
  value !== undefined && Object.hasOwn(deliveryStates, value)

/** What a webhook was sent, what waits, and why what failed did. */
export const DeliveriesTable = ({ id }: { id: string }) => {
  const [state, setState] = useState<State>()
  const { data, error, isFetching, isPending, refetch, control } = useDeliveries(id, state)
  return (
    <SpaceBetween size="l">
      {error && <ProblemAlert error={error} retry={refetch} />}
      <Table
        header={
          <Header
            variant="h2"
            description="Of the last 30 days, newest first"
            actions={
              <Button
                iconName="refresh"
                ariaLabel="Refresh deliveries"
                loading={isFetching}
                onClick={() => void refetch()}
              />
            }
          >
            Deliveries
          </Header>
        }
        filter={
          <SpaceBetween direction="horizontal" size="s">
            <Select
              ariaLabel="State of the deliveries"
              selectedOption={stateOptions.find(({ value }) => value === (state ?? '')) ?? everyState}
              options={stateOptions}
              onChange={({ detail: { selectedOption } }) =>
                setState(isState(selectedOption.value) ? selectedOption.value : undefined)
              }
            />
          </SpaceBetween>
        }
        pagination={control}
        columnDefinitions={columns}
        items={data?.items ?? []}
        trackBy={({ id: event, occurredAt }) => `${event} ${occurredAt}`}
        loading={isPending && !error}
        loadingText="Reading the deliveries"
        wrapLines
        empty={
          state ? (
            <Empty
              what="No delivery is like that"
              next="Take the filter away."
              action={<Button onClick={() => setState(undefined)}>Show every state</Button>}
            />
          ) : (
            <Empty what="Nothing was sent yet" next="Press Test to see whether the receiver takes it." />
          )
        }
      />
    </SpaceBetween>
  )
}
