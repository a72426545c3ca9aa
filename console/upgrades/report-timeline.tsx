import Box from '@cloudscape-design/components/box'
import type { TableProps } from '@cloudscape-design/components/table'
import { api, must } from '../api/client.ts'
import type { Report, UpgradeAttempt } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { PartHeader } from '../shell/list-header.tsx'
import { usePaging } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { useList } from '../shell/use-list.ts'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { Target } from './attempt-columns.tsx'
import { conclusionOf } from './conclusion.ts'

const Versions = ({ of: { version, firmware, software } }: { of: Report }) => {
  if (version || !(firmware || software)) return <Foreign text={version} short />
  return (
    <>
      {firmware && <Target of={{ package: 'firmware', targetVersion: firmware }} short />}
      {firmware && software && ', '}
      {software && <Target of={{ package: 'software', targetVersion: software }} short />}
    </>
  )
}

const kindOf = ({ kind, repeats }: Report): string => {
  const name = kind === 'versionReport' ? 'Version' : 'Progress'
  return repeats === 0 ? name : `${name}, repeated ${count(repeats, 'time')}`
}

const columnsFor = (attempt: UpgradeAttempt): TableProps.ColumnDefinition<Report>[] => [
  {
    id: 'received',
    header: 'Received',
    minWidth: 170,
    isRowHeader: true,
    cell: ({ receivedAt }) => <Time at={receivedAt} />,
  },
  {
    id: 'claimed',
    header: 'Time in the report',
    minWidth: 168,
    cell: ({ claimedTime }) => <Foreign text={claimedTime} short />,
  },
  { id: 'kind', header: 'Report', minWidth: 100, cell: kindOf },
  { id: 'code', header: 'Code', cell: ({ resultCode }) => resultCode ?? '–' },
  {
    id: 'percent',
    header: 'Progress',
    cell: ({ percent }) => (percent === undefined ? '–' : `${percent} %`),
  },
  { id: 'version', header: 'Version', minWidth: 110, cell: (report) => <Versions of={report} /> },
  {
    id: 'concluded',
    header: 'Conclusion',
    minWidth: 170,
    cell: (report) => (
      <>
        {conclusionOf(report, attempt)}
        {report.description && (
          <Box color="text-body-secondary">
            Message: <Foreign text={report.description} />
          </Box>
        )}
      </>
    ),
  },
]

/** The reports that count for an attempt, newest first. */
export const ReportTimeline = ({ attempt }: { attempt: UpgradeAttempt }) => {
  const { deviceId, id } = attempt
  const list = useList({
    key: ['device', deviceId, 'reports', id],
    path: `/v1/devices/${deviceId}/upgrade-attempts/${id}/reports`,
    paging: usePaging(id),
    read: (query) =>
      must(
        api.GET('/v1/devices/{deviceId}/upgrade-attempts/{id}/reports', {
          params: { path: { deviceId, id }, query },
        }),
      ),
  })
  if (list.error) return <ProblemAlert error={list.error} retry={list.refetch} />
  return (
    <List
      first="concluded"
      header={
        <PartHeader
          title="Reports"
          description={
            <>
              Attempt of <Time at={attempt.openedAt} />, <Target of={attempt} />
            </>
          }
          read={list}
          csv={{ name: `reports-of-${deviceId}`, read: list.read }}
        />
      }
      pagination={list.control}
      columnDefinitions={columnsFor(attempt)}
      items={list.items}
      loading={list.isLoading}
      loadingText="Loading reports"
      empty={
        <Empty what="No reports yet" next="Check that it is online and that its topics reach the backend." />
      }
    />
  )
}
