import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { DockAccount } from '../api/records.ts'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { Empty } from '../shell/empty.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { Foreign } from '../words/foreign.tsx'
import { LoginToType } from './login-to-type.tsx'
import { NewAccountDialog } from './new-account.tsx'
import { type NewLogin, useAccounts, useRevokeAccount, useRotateAccount } from './use-accounts.ts'
import { isNotServer } from './use-organizations.ts'

type Shown = (login: NewLogin) => void

const Actions = ({ account: { userName, revokedAt }, show }: { account: DockAccount; show: Shown }) => {
  const rotate = useRotateAccount(show)
  const revoke = useRevokeAccount()
  if (revokedAt) return null
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ConfirmedButton
        label="Renew"
        ariaLabel={`Renew the password of ${userName}`}
        question="Create a new password?"
        answer="Create it"
        busy={rotate.isPending}
        act={(settled) => rotate.mutate({ userName }, settled)}
      >
        The dock is disconnected, and can reconnect only with the new password.
      </ConfirmedButton>
      <ConfirmedButton
        label="Revoke"
        ariaLabel={`Revoke ${userName}`}
        question="Revoke this account?"
        answer="Revoke it"
        busy={revoke.isPending}
        act={(settled) => revoke.mutate({ userName }, settled)}
      >
        The dock is disconnected, and the account can never be used again.
      </ConfirmedButton>
    </SpaceBetween>
  )
}

const columnsFor = (show: Shown): TableProps.ColumnDefinition<DockAccount>[] => [
  {
    id: 'user',
    header: 'Account',
    isRowHeader: true,
    cell: ({ userName }) => <span translate="no">{userName}</span>,
  },
  {
    id: 'state',
    header: 'State',
    minWidth: 120,
    cell: ({ revokedAt }) =>
      revokedAt ? (
        <StatusIndicator type="stopped">Revoked</StatusIndicator>
      ) : (
        <StatusIndicator type="success">Valid</StatusIndicator>
      ),
  },
  { id: 'dock', header: 'Dock', cell: ({ dockSn }) => dockSn ?? 'the first to log in' },
  { id: 'fleet', header: 'Fleet', cell: ({ fleet }) => fleet },
  { id: 'by', header: 'Created by', cell: ({ createdBy }) => <Foreign text={createdBy} short /> },
  {
    id: 'actions',
    header: 'Change',
    minWidth: 240,
    cell: (account) => <Actions account={account} show={show} />,
  },
]

/** The docks' login accounts at AWS; nothing if the deployment has no such address. */
export const AccountsTable = () => {
  const [making, setMaking] = useState(false)
  const [login, setLogin] = useState<NewLogin>()
  const list = useAccounts()
  if (isNotServer(list.error)) return null
  const show = (made: NewLogin) => {
    setMaking(false)
    setLogin(made)
  }
  return (
    <ListPage
      isPart
      file="dock-accounts"
      title="Accounts"
      description="For docks that log in here, not at a broker of yours"
      list={list}
      actions={<Button onClick={() => setMaking(true)}>Create an account</Button>}
      columns={columnsFor(show)}
      trackBy="userName"
      empty={<Empty what="There is no account" next="Create one for each dock." />}
    >
      {making && <NewAccountDialog made={show} close={() => setMaking(false)} />}
      {login && <LoginToType login={login} close={() => setLogin(undefined)} />}
    </ListPage>
  )
}
