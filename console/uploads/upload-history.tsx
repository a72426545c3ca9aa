import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import type { HistoryEntry, Upload } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { usePaging } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'

const columns: TableProps.ColumnDefinition<HistoryEntry>[] = [
  { id: 'at', header: 'Time', cell: ({ at }) => <Time at={at} /> },
  { id: 'action', header: 'What', minWidth: 140, cell: ({ action }) => <Foreign text={action} short /> },
  { id: 'by', header: 'Who', minWidth: 120, cell: ({ by }) => <Foreign text={by} short /> },
]

/** Who did what with an upload: what its record shows of that; all of it, page by page, to who asks. */
export const UploadHistory = ({ upload }: { upload: Upload }) => {
  const [isWhole, setWhole] = useState(false)
  if (isWhole) return <WholeHistory upload={upload} />
  return (
    <Table
      header={
        <Header
          variant="h2"
          description={upload.moreHistory ? 'The newest of each kind, oldest first' : undefined}
          actions={upload.moreHistory && <Button onClick={() => setWhole(true)}>Show all</Button>}
        >
          Who did what
        </Header>
      }
      columnDefinitions={columns}
      items={upload.history ?? []}
      empty={<Empty what="Nothing yet" next="What people do with this upload is listed here." />}
    />
  )
}

const WholeHistory = ({ upload: { dockSn, id } }: { upload: Upload }) => {
  const paging = usePaging(`${dockSn} ${id}`)
  const { data, error, isFetching, isPending, refetch } = useQuery({
    queryKey: ['upload', dockSn, id, 'history', paging.query],
    queryFn: () =>
      must(
        api.GET('/v1/docks/{dockSn}/log-uploads/{id}/history', {
          params: { path: { dockSn, id }, query: paging.query },
        }),
      ),
    placeholderData: keepPreviousData,
  })
  if (error) return <ProblemAlert error={error} retry={refetch} />
  return (
    <Table
      header={
        <Header variant="h2" description="Everything, newest first">
          Who did what
        </Header>
      }
      pagination={paging.control(data?.next, isFetching)}
      columnDefinitions={columns}
      items={data?.items ?? []}
      loading={isPending}
      loadingText="Reading the history"
    />
  )
}
