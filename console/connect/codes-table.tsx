import Button from '@cloudscape-design/components/button'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { BindingCode, Organization } from '../api/records.ts'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { PartHeader } from '../shell/list-header.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { NewCodeDialog } from './new-code.tsx'
import { useBindingCodes, useRevokeCode } from './use-organizations.ts'

const states: Record<BindingCode['state'], { type: StatusIndicatorProps.Type; text: string }> = {
  usable: { type: 'success', text: 'Can be used' },
  used: { type: 'stopped', text: 'Used up' },
  expired: { type: 'stopped', text: 'Expired' },
  revoked: { type: 'stopped', text: 'Revoked' },
}

const Revoke = ({ organizationId, code }: { organizationId: string; code: BindingCode }) => {
  const revoke = useRevokeCode()
  if (code.state !== 'usable') return null
  return (
    <ConfirmedButton
      label="Revoke"
      ariaLabel={`Revoke the code that ends in ${code.hint}`}
      question="Revoke this code?"
      answer="Revoke it"
      busy={revoke.isPending}
      act={(settled) => revoke.mutate({ id: organizationId, codeId: code.id }, settled)}
    >
      No dock can bind with it any more. Docks that are bound stay bound.
    </ConfirmedButton>
  )
}

const columnsFor = (organizationId: string): TableProps.ColumnDefinition<BindingCode>[] => [
  {
    id: 'hint',
    header: 'Code',
    isRowHeader: true,
    cell: ({ hint }) => (
      <span className="whole" translate="no">
        …{hint}
      </span>
    ),
  },
  {
    id: 'state',
    header: 'State',
    minWidth: 140,
    cell: ({ state }) => <StatusIndicator type={states[state].type}>{states[state].text}</StatusIndicator>,
  },
  { id: 'left', header: 'Uses left', cell: ({ usesLeft }) => usesLeft },
  { id: 'fleet', header: 'Fleet', cell: ({ fleet }) => fleet ?? 'default' },
  { id: 'expires', header: 'Valid until', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  {
    id: 'used',
    header: 'Used by',
    cell: ({ usedBy }) => usedBy.map(({ dockSn }) => dockSn).join(', ') || '–',
  },
  { id: 'by', header: 'Created by', cell: ({ createdBy }) => <Foreign text={createdBy} short /> },
  {
    id: 'revoke',
    header: 'Revoke',
    minWidth: 150,
    cell: (code) => <Revoke organizationId={organizationId} code={code} />,
  },
]

/** An organization's binding codes, newest first. */
export const CodesTable = ({ organization }: { organization: Organization }) => {
  const [making, setMaking] = useState(false)
  const list = useBindingCodes(organization.id)
  const { data, error, isPending, refetch } = list
  const make = <Button onClick={() => setMaking(true)}>Create a code</Button>
  return (
    <>
      {error && <ProblemAlert error={error} retry={refetch} />}
      <List
        header={
          <PartHeader
            title={organization.name}
            description={`Organization ID ${organization.id}`}
            read={list}
            csv={data && { name: `codes-of-${organization.id}`, read: async () => data }}
            actions={make}
          />
        }
        columnDefinitions={columnsFor(organization.id)}
        items={data?.items ?? []}
        trackBy="id"
        loading={isPending && !error}
        loadingText="Loading codes"
        empty={<Empty what="There is no code" next="Create one for each dock, or one for several." />}
      />
      {making && <NewCodeDialog organization={organization} close={() => setMaking(false)} />}
    </>
  )
}
