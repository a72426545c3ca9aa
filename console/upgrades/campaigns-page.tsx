import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import type { CampaignSummary } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { ListHeader } from '../shell/list-header.tsx'
import { usePaging } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { Target } from './attempt-columns.tsx'

const columns: TableProps.ColumnDefinition<CampaignSummary>[] = [
  {
    id: 'name',
    header: 'Campaign',
    minWidth: 130,
    isRowHeader: true,
    cell: ({ id, name }) => (
      <Link href={`/campaigns/${id}`}>
        <Foreign text={name} short />
      </Link>
    ),
  },
  {
    id: 'aborted',
    header: 'State',
    cell: ({ aborted }) =>
      aborted ? (
        <StatusIndicator type="stopped">Aborted</StatusIndicator>
      ) : (
        <StatusIndicator type="success">Open</StatusIndicator>
      ),
  },
  { id: 'target', header: 'Target', minWidth: 120, cell: (campaign) => <Target of={campaign} short /> },
  { id: 'fleet', header: 'Fleet', cell: ({ fleet }) => fleet ?? 'every fleet' },
  { id: 'created', header: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { id: 'by', header: 'By', minWidth: 110, cell: ({ requestedBy }) => <Foreign text={requestedBy} short /> },
]

const example = 'PUT /v1/campaigns/spring'

const nothingYet = (
  <Empty
    what="There is no campaign"
    next={
      <>
        Make one with the API:{' '}
        <CopyToClipboard
          variant="inline"
          textToCopy={example}
          copyButtonAriaLabel="Copy"
          copySuccessText="Copied"
          copyErrorText="Not copied"
        />
        , then add devices to it.
      </>
    }
  />
)

/** Campaigns, newest first. */
export const CampaignsPage = () => {
  const paging = usePaging('campaigns')
  const { data, error, isFetching, isPending, refetch } = useQuery({
    queryKey: ['campaigns', paging.query],
    queryFn: () => must(api.GET('/v1/campaigns', { params: { query: paging.query } })),
    placeholderData: keepPreviousData,
  })
  return (
    <SpaceBetween size="l">
      {error && <ProblemAlert error={error} retry={refetch} />}
      <Table
        header={
          <ListHeader
            title="Campaigns"
            description="Upgrades of many devices together"
            busy={isFetching}
            refresh={refetch}
          />
        }
        pagination={paging.control(data?.next, isFetching)}
        columnDefinitions={columns}
        items={data?.items ?? []}
        loading={isPending && !error}
        loadingText="Reading the campaigns"
        empty={nothingYet}
      />
    </SpaceBetween>
  )
}
