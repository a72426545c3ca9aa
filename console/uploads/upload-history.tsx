import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import type { HistoryEntry, Upload } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { PartHeader } from '../shell/list-header.tsx'
import { usePaging } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { useList } from '../shell/use-list.ts'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'

const columns: TableProps.ColumnDefinition<HistoryEntry>[] = [
  { id: 'at', header: 'Time', isRowHeader: true, cell: ({ at }) => <Time at={at} /> },
  { id: 'action', header: 'Action', minWidth: 140, cell: ({ action }) => <Foreign text={action} short /> },
  { id: 'by', header: 'By', minWidth: 120, cell: ({ by }) => <Foreign text={by} short /> },
]

/**
 * The actions on an upload and their authors: the entries in its record, and on request all of them, page by
 * page.
 */
export const UploadHistory = ({ upload }: { upload: Upload }) => {
  const [isWhole, setWhole] = useState(false)
  if (isWhole) return <WholeHistory upload={upload} />
  return (
    <List
      header={
        <Header
          variant="h2"
          description={upload.moreHistory ? 'The newest of each kind, oldest first' : undefined}
          actions={upload.moreHistory && <Button onClick={() => setWhole(true)}>Show all</Button>}
        >
          History
        </Header>
      }
      columnDefinitions={columns}
      items={upload.history ?? []}
      empty={<Empty what="No actions yet" next="Actions on this upload are listed here." />}
    />
  )
}

const WholeHistory = ({ upload: { dockSn, id } }: { upload: Upload }) => {
  const list = useList({
    key: ['upload', dockSn, id, 'history'],
    path: `/v1/docks/${dockSn}/log-uploads/${id}/history`,
    paging: usePaging(`${dockSn} ${id}`),
    read: (query) =>
      must(
        api.GET('/v1/docks/{dockSn}/log-uploads/{id}/history', { params: { path: { dockSn, id }, query } }),
      ),
  })
  if (list.error) return <ProblemAlert error={list.error} retry={list.refetch} />
  return (
    <List
      first="action"
      header={
        <PartHeader
          title="History"
          description="All entries, newest first"
          read={list}
          csv={{ name: `history-of-${id}`, read: list.read }}
        />
      }
      pagination={list.control}
      columnDefinitions={columns}
      items={list.items}
      loading={list.isLoading}
      loadingText="Loading history"
    />
  )
}
