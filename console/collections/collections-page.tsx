import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import { useNavigate } from 'react-router'
import type { Collection } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { Enabled } from './run-words.tsx'
import { useCollections } from './use-collections.ts'
import { logsText, whenText, whoseText } from './words.ts'

const columns: TableProps.ColumnDefinition<Collection>[] = [
  {
    id: 'name',
    header: 'Collection',
    minWidth: 130,
    isRowHeader: true,
    cell: ({ id, name = id }) => (
      <Link href={`/collections/${id}`}>
        <Foreign text={name} short />
      </Link>
    ),
  },
  { id: 'state', header: 'State', minWidth: 105, cell: (collection) => <Enabled of={collection} /> },
  { id: 'of', header: 'Of', minWidth: 110, cell: whoseText },
  { id: 'when', header: 'When', minWidth: 175, cell: ({ when }) => <Foreign text={whenText(when)} /> },
  { id: 'logs', header: 'Logs', minWidth: 175, cell: ({ logs }) => logsText(logs) },
  { id: 'next', header: 'Next scheduled run', minWidth: 165, cell: ({ nextAt }) => <Time at={nextAt} /> },
]

/** Automatic collections, by id. */
export const CollectionsPage = () => {
  const { grants } = useSession()
  const navigate = useNavigate()
  const list = useCollections()
  const make = grants.may('admin') && (
    <Button onClick={() => navigate('/new-collection')}>Create a collection</Button>
  )
  return (
    <ListPage
      list={list}
      title="Collections"
      description="Collect logs for each alarm, after each flight, every day, or by hand"
      actions={make}
      columns={columns}
      trackBy="id"
      empty={
        <Empty
          what="There is no collection"
          next={
            make
              ? 'Create one, and the logs of the moment when something went wrong are uploaded automatically.'
              : 'Ask an administrator to create one for your docks.'
          }
          action={make}
        />
      }
    />
  )
}
