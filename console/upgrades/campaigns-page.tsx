import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import type { CampaignSummary } from '../api/records.ts'
import { CampaignStatus } from '../rollout/rollout-words.tsx'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { ListHeader } from '../shell/list-header.tsx'
import { useAddressedPaging } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { Target } from './attempt-columns.tsx'

type ThroughProps = { [Name in 'counted' | 'chosen']: CampaignSummary[Name] | undefined }

/** How many of its devices are through, and how many of these failed. */
const Through = ({ counted, chosen }: ThroughProps) => {
  if (!counted) return chosen === undefined ? '–' : count(chosen, 'device')
  const { devices, open, unsuccessful } = counted
  const all = Math.max(devices, chosen ?? 0)
  return (
    <>
      {(devices - open).toLocaleString('en')} of {all.toLocaleString('en')} ended
      {unsuccessful > 0 && (
        <Box fontSize="body-s" color="text-status-error">
          {unsuccessful.toLocaleString('en')} did not succeed
        </Box>
      )}
    </>
  )
}

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
    id: 'state',
    header: 'State',
    minWidth: 150,
    cell: (campaign) => <CampaignStatus of={campaign} />,
  },
  {
    id: 'counted',
    header: 'Devices',
    minWidth: 150,
    cell: ({ counted, chosen }) => <Through counted={counted} chosen={chosen} />,
  },
  { id: 'target', header: 'Target', minWidth: 120, cell: (campaign) => <Target of={campaign} /> },
  { id: 'fleet', header: 'Fleet', cell: ({ fleet }) => fleet ?? 'every fleet' },
  {
    id: 'created',
    header: 'Made',
    cell: ({ createdAt, requestedBy }) => (
      <>
        <Time at={createdAt} />
        <Box fontSize="body-s" color="text-body-secondary">
          by <Foreign text={requestedBy} short />
        </Box>
      </>
    ),
  },
]

/** Campaigns, newest first. */
export const CampaignsPage = () => {
  const { grants } = useSession()
  const navigate = useNavigate()
  const paging = useAddressedPaging()
  const make = grants.may('operate') && (
    <Button onClick={() => navigate('/new-campaign')}>Make a campaign</Button>
  )
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
            actions={make}
          />
        }
        pagination={paging.control(data?.next, isFetching)}
        columnDefinitions={columns}
        items={data?.items ?? []}
        loading={isPending && !error}
        loadingText="Reading the campaigns"
        wrapLines
        empty={
          <Empty
            what="There is no campaign"
            next="Make one of a package. To watch another platform’s, use PUT /v1/campaigns/{id}."
            action={make}
          />
        }
      />
    </SpaceBetween>
  )
}
