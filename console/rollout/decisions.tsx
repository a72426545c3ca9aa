import Box from '@cloudscape-design/components/box'
import type { TableProps } from '@cloudscape-design/components/table'
import type { Decision, SkippedDevice } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { PartHeader } from '../shell/list-header.tsx'
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

/** All decisions about a campaign, newest first. */
export const Decisions = ({ id }: { id: string }) => {
  const list = useHistory(id)
  if (list.error) return <ProblemAlert error={list.error} retry={list.refetch} />
  return (
    <List
      first="event"
      header={
        <PartHeader title="Decisions" read={list} csv={{ name: `decisions-of-${id}`, read: list.read }} />
      }
      pagination={list.control}
      columnDefinitions={columns}
      items={list.items}
      loading={list.isLoading}
      loadingText="Loading decisions"
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

/** The skipped devices; nothing if there are none. */
export const Skipped = ({ id }: { id: string }) => {
  const list = useSkipped(id)
  if (list.error) return <ProblemAlert error={list.error} retry={list.refetch} />
  if (list.items.length === 0 && !list.control) return null
  return (
    <List
      first="reason"
      header={
        <PartHeader
          title="Skipped"
          description="Devices that could not take part when it was their turn"
          read={list}
          csv={{ name: `skipped-in-${id}`, read: list.read }}
        />
      }
      pagination={list.control}
      columnDefinitions={skippedColumns}
      items={list.items}
      trackBy="deviceId"
    />
  )
}
