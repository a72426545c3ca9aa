import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import type { Upgrade } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { type Narrowed, useAddressed } from '../shell/address.ts'
import { Choice } from '../shell/choice.tsx'
import { Empty } from '../shell/empty.tsx'
import { Filters as FilterFields } from '../shell/list.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { useAddressedPaging } from '../shell/paging.tsx'
import { TextField } from '../shell/text-field.tsx'
import { useList } from '../shell/use-list.ts'
import { Foreign } from '../words/foreign.tsx'
import { Ago } from '../words/time.tsx'
import { Target } from './attempt-columns.tsx'
import { RegisterDevice } from './device-settings.tsx'
import { NewAttempt } from './new-attempt.tsx'
import { statesInOrder, UpgradeStatus, upgradeStates } from './upgrade-states.tsx'

const columns: TableProps.ColumnDefinition<Upgrade>[] = [
  {
    id: 'device',
    header: 'Device',
    isRowHeader: true,
    minWidth: 140,
    cell: ({ deviceId }) => (
      <span className="foreign">
        <Link href={`/devices/${deviceId}`}>{deviceId}</Link>
      </span>
    ),
  },
  { id: 'state', header: 'Upgrade', minWidth: 165, cell: (upgrade) => <UpgradeStatus upgrade={upgrade} /> },
  {
    id: 'target',
    header: 'Target',
    minWidth: 110,
    cell: ({ attempt }) => <Target of={attempt} short />,
  },
  {
    id: 'version',
    header: 'Reported version',
    minWidth: 100,
    cell: ({ reportedVersion }) => <Foreign text={reportedVersion} short />,
  },
  {
    id: 'versions',
    header: 'Firmware, software',
    minWidth: 120,
    cell: ({ firmware, software }) =>
      firmware || software ? (
        <>
          <Foreign text={firmware?.version} short />, <Foreign text={software?.version} short />
        </>
      ) : (
        '–'
      ),
  },
  { id: 'last', header: 'Last report', minWidth: 100, cell: ({ lastReportAt }) => <Ago at={lastReportAt} /> },
  { id: 'fleet', header: 'Fleet', cell: ({ fleet }) => fleet },
]

type Filters = Narrowed<'state' | 'deviceId' | 'version' | 'fleet'>

const useDevices = (filters: Filters) =>
  useList({
    key: ['devices', JSON.stringify(filters)],
    path: '/v1/upgrades',
    narrowed: filters,
    paging: useAddressedPaging(),
    read: (page) => must(api.GET('/v1/upgrades', { params: { query: { ...filters, ...page } } })),
  })

const stateOptions = [
  { value: '', label: 'All states' },
  { value: 'pending,upgrading', label: 'In progress' },
  { value: 'unsuccessful', label: 'Unsuccessful' },
  ...statesInOrder.map((value) => ({ value, label: upgradeStates[value].text })),
]

const FilterBar = ({ filters, change }: { filters: Filters; change: (next: Filters) => void }) => {
  const set = (name: 'deviceId' | 'version' | 'fleet') => (text: string) => {
    const { [name]: _, ...others } = filters
    change(text === '' ? others : { ...others, [name]: text })
  }
  return (
    <FilterFields active={Object.keys(filters).length}>
      <FormField label="State">
        <Choice
          options={stateOptions}
          chosen={filters.state}
          choose={(state) => {
            const { state: _, ...others } = filters
            change(state ? { ...others, state } : others)
          }}
        />
      </FormField>
      <TextField label="ID begins with" given={filters.deviceId} found={set('deviceId')} />
      <TextField label="Reported version" given={filters.version} found={set('version')} />
      <TextField label="Fleet" given={filters.fleet} found={set('fleet')} />
    </FilterFields>
  )
}

/** Devices by the state of their upgrade and their reported version. */
export const DevicesPage = () => {
  const [filters, setFilters] = useAddressed('state', 'deviceId', 'version', 'fleet')
  const list = useDevices(filters)
  const { grants } = useSession()
  const [selected, setSelected] = useState<readonly Upgrade[]>([])
  const [asking, setAsking] = useState<'register' | 'attempt'>()
  const isFiltered = Object.keys(filters).length > 0
  const mayOperate = grants.may('operate')
  const register = grants.may('admin') && (
    <Button onClick={() => setAsking('register')}>Register a device</Button>
  )
  const empty = isFiltered ? (
    <Empty
      what="No device matches"
      next="Remove a filter."
      action={<Button onClick={() => setFilters({})}>Clear filters</Button>}
    />
  ) : (
    <Empty what="No devices yet" next="Register one, or wait for its first report." action={register} />
  )
  return (
    <ListPage
      list={list}
      title="Devices"
      description="The versions of devices, and the state of their upgrades"
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {mayOperate && (
            <Button
              disabled={selected.length === 0}
              disabledReason="Select devices first"
              onClick={() => setAsking('attempt')}
            >
              Upgrade these{selected.length > 0 ? ` (${selected.length})` : ''}
            </Button>
          )}
          {register}
        </SpaceBetween>
      }
      filter={<FilterBar key={String(isFiltered)} filters={filters} change={setFilters} />}
      columns={columns}
      trackBy="deviceId"
      {...(mayOperate ? { selectionType: 'multi' as const } : {})}
      selectedItems={selected}
      onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
      ariaLabels={{
        tableLabel: 'Devices',
        selectionGroupLabel: 'Devices to upgrade',
        allItemsSelectionLabel: () => 'Select all devices shown here',
        itemSelectionLabel: (_, { deviceId }) => `Select ${deviceId}`,
      }}
      empty={empty}
    >
      {asking === 'register' && <RegisterDevice close={() => setAsking(undefined)} />}
      {asking === 'attempt' && (
        <NewAttempt
          deviceIds={selected.map(({ deviceId }) => deviceId)}
          close={() => {
            setAsking(undefined)
            setSelected([])
          }}
        />
      )}
    </ListPage>
  )
}
