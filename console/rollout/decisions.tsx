import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { Decision, SkippedDevice } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { events, numbersOf, reasonsAgainst, stopReasons } from './rollout-words.tsx'
import { useHistory, useSkipped } from './use-rollout.ts'

const columns: TableProps.ColumnDefinition<Decision>[] = [
  { id: 'at', header: 'When', minWidth: 178, isRowHeader: true, cell: ({ at }) => <Time at={at} /> },
  { id: 'event', header: 'What', minWidth: 160, cell: ({ event }) => events[event] },
  { id: 'phase', header: 'Phase', minWidth: 100, cell: ({ phase }) => <Foreign text={phase} short /> },
  {
    id: 'numbers',
    header: 'Why',
    minWidth: 200,
    cell: (decision) => (
      <>
        {decision.reason && <div>{stopReasons[decision.reason]}</div>}
        {decision.comment && <Foreign text={decision.comment} />}
        <Box color="text-body-secondary">{numbersOf(decision)}</Box>
      </>
    ),
  },
  { id: 'by', header: 'By', minWidth: 130, cell: ({ by }) => <Foreign text={by} short /> },
]

/** Every decision about a campaign, newest first. */
export const Decisions = ({ id }: { id: string }) => {
  const { data, error, isPending, refetch, control } = useHistory(id)
  if (error) return <ProblemAlert error={error} retry={refetch} />
  return (
    <Table
      header={<Header variant="h2">Decisions</Header>}
      pagination={control}
      columnDefinitions={columns}
      items={data?.items ?? []}
      loading={isPending}
      loadingText="Reading the decisions"
      wrapLines
      empty={<Empty what="Nothing has been decided" next="What people and gates decide is listed here." />}
    />
  )
}

const skippedColumns: TableProps.ColumnDefinition<SkippedDevice>[] = [
  {
    id: 'device',
    header: 'Device',
    minWidth: 170,
    isRowHeader: true,
    cell: ({ deviceId }) => <Foreign text={deviceId} />,
  },
  { id: 'phase', header: 'Phase', cell: ({ phase }) => <Foreign text={phase} short /> },
  { id: 'reason', header: 'Why', minWidth: 200, cell: ({ reason }) => reasonsAgainst[reason] },
]

/** Devices that could not take part; nothing is shown where there is none. */
export const Skipped = ({ id }: { id: string }) => {
  const { data, error, refetch, control } = useSkipped(id)
  if (error) return <ProblemAlert error={error} retry={refetch} />
  if (!data || (data.items.length === 0 && !control)) return null
  return (
    <Table
      header={
        <Header variant="h2" description="Devices that could not take part when it was their turn">
          Skipped
        </Header>
      }
      pagination={control}
      columnDefinitions={skippedColumns}
      items={data.items}
      trackBy="deviceId"
      wrapLines
    />
  )
}
