import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { readAgain } from '../api/read-again.ts'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { ListHeader } from '../shell/list-header.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { AccountsTable } from './accounts-table.tsx'
import { CodesTable } from './codes-table.tsx'
import { NewOrganizationDialog } from './new-organization.tsx'
import { isNotServer, useOrganizations } from './use-organizations.ts'

const NotServer = () => (
  <Alert type="info" header="Docks have another platform here">
    This deployment takes logs beside a platform that docks come online with. To have docks come online with
    it alone, deploy it with <code>-c dockServer=on</code>.
  </Alert>
)

/** All that a dock needs to come online here: an organization to bind to, and a binding code. */
export const ConnectPage = () => {
  const { grants } = useSession()
  const [making, setMaking] = useState(false)
  const queries = useQueryClient()
  const list = useOrganizations()
  const { data, error, isPending } = list
  const readBoth = () => void readAgain(queries, ['organizations'], ['dock-accounts'])
  const mayMake = grants.mayInAll('admin')
  const make = <Button onClick={() => setMaking(true)}>Create an organization</Button>
  const organizations = data?.items ?? []
  return (
    <SpaceBetween size="l">
      <ListHeader
        title="Connect docks"
        description="Docks bind to an organization with a code that is typed into DJI Pilot 2, and are registered by that"
        read={{ ...list, refetch: readBoth }}
        actions={mayMake && !error && make}
      />
      {error && (isNotServer(error) ? <NotServer /> : <ProblemAlert error={error} retry={readBoth} />)}
      {isPending && !error && <Spinner size="large" />}
      {organizations.map((organization) => (
        <CodesTable key={organization.id} organization={organization} />
      ))}
      {data && organizations.length === 0 && (
        <Empty
          what="There is no organization"
          next={
            mayMake
              ? 'Create one for your docks; a company has one as a rule.'
              : 'Ask an administrator of all fleets.'
          }
          action={mayMake && make}
        />
      )}
      <AccountsTable />
      {making && <NewOrganizationDialog close={() => setMaking(false)} />}
    </SpaceBetween>
  )
}
