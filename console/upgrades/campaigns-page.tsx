import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import type { CampaignSummary } from '../api/records.ts'
import { CampaignStatus } from '../rollout/rollout-words.tsx'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { useAddressedPaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { Target } from './attempt-columns.tsx'
import { WatchCampaign } from './watch-campaign.tsx'

type ThroughProps = { [Name in 'counted' | 'chosen']: CampaignSummary[Name] | undefined }

/** How many of its devices have ended, and how many of these failed. */
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
    header: 'Created',
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
  const [watching, setWatching] = useState(false)
  const make = grants.may('operate') && (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => setWatching(true)}>Watch another platform</Button>
      <Button onClick={() => navigate('/new-campaign')}>Create a campaign</Button>
    </SpaceBetween>
  )
  const list = useList({
    key: ['campaigns'],
    path: '/v1/campaigns',
    paging: useAddressedPaging(),
    read: (query) => must(api.GET('/v1/campaigns', { params: { query } })),
  })
  return (
    <ListPage
      list={list}
      title="Campaigns"
      description="Upgrades of many devices together"
      actions={make}
      columns={columns}
      empty={
        <Empty
          what="No campaigns yet"
          next="Create one for a package, or one that watches the upgrades of another platform."
          action={make}
        />
      }
    >
      {watching && <WatchCampaign close={() => setWatching(false)} />}
    </ListPage>
  )
}
