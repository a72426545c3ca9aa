import Button from '@cloudscape-design/components/button'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { Package } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { Foreign } from '../words/foreign.tsx'
import { bytes } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { PackageStatus } from './file-states.tsx'
import { NewPackageDialog } from './new-package.tsx'
import { usePackages } from './use-packages.ts'

const columns: TableProps.ColumnDefinition<Package>[] = [
  {
    id: 'name',
    header: 'Package',
    minWidth: 130,
    isRowHeader: true,
    cell: ({ id, name }) => (
      <Link href={`/packages/${id}`}>
        <Foreign text={name} short />
      </Link>
    ),
  },
  { id: 'state', header: 'State', minWidth: 130, cell: (known) => <PackageStatus of={known} /> },
  {
    id: 'version',
    header: 'Installs',
    minWidth: 120,
    cell: ({ package: of, version }) => (
      <>
        {of} <Foreign text={version} short />
      </>
    ),
  },
  { id: 'size', header: 'Size', cell: ({ file }) => (file ? bytes(file.size) : '–') },
  { id: 'fleet', header: 'Fleet', cell: ({ fleet }) => fleet ?? 'every fleet' },
  { id: 'created', header: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
]

/** Packages, newest first. */
export const PackagesPage = () => {
  const { grants } = useSession()
  const [making, setMaking] = useState(false)
  const list = usePackages()
  const make = grants.may('operate') && <Button onClick={() => setMaking(true)}>Create a package</Button>
  return (
    <ListPage
      list={list}
      title="Packages"
      description="What campaigns bring to devices, docks and aircraft"
      actions={make}
      columns={columns}
      trackBy="id"
      empty={
        <Empty
          what="There is no package"
          next="Create one, and upload its file: a campaign then brings it to devices."
          action={make}
        />
      }
    >
      {making && <NewPackageDialog close={() => setMaking(false)} />}
    </ListPage>
  )
}
