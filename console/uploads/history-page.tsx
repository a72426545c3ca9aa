import Button from '@cloudscape-design/components/button'
import DatePicker from '@cloudscape-design/components/date-picker'
import FormField from '@cloudscape-design/components/form-field'
import Link from '@cloudscape-design/components/link'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import type { Upload } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { type Narrowed, useAddressed } from '../shell/address.ts'
import { Choice } from '../shell/choice.tsx'
import { Empty } from '../shell/empty.tsx'
import { Filters as FilterFields } from '../shell/list.tsx'
import { ListPage } from '../shell/list-page.tsx'
import { useAddressedPaging } from '../shell/paging.tsx'
import { TextField } from '../shell/text-field.tsx'
import { useList } from '../shell/use-list.ts'
import { timeRange } from './time-range.ts'
import { canTryAgain } from './try-again.tsx'
import { TrySelected } from './try-selected.tsx'
import { uploadColumns } from './upload-columns.tsx'
import { isMoving, uploadStates } from './upload-states.tsx'

type Filters = Narrowed<'state' | 'fleet' | 'dockSn' | 'note' | 'from' | 'to'>

const queryOf = ({ state, fleet, dockSn, note, from = '', to = '' }: Filters) => {
  const { createdAfter, createdBefore } = timeRange(from, to)
  return {
    ...(state ? { state } : {}),
    ...(fleet ? { fleet } : {}),
    ...(dockSn ? { dockSn } : {}),
    ...(note ? { note } : {}),
    ...(createdAfter ? { createdAfter } : {}),
    ...(createdBefore ? { createdBefore } : {}),
  }
}

const useUploads = (filters: Filters) => {
  const narrowed = queryOf(filters)
  return useList({
    key: ['uploads', JSON.stringify(narrowed)],
    path: '/v1/log-uploads',
    narrowed,
    paging: useAddressedPaging(),
    read: (page) => must(api.GET('/v1/log-uploads', { params: { query: { ...narrowed, ...page } } })),
    moves: (uploads) => uploads.some(isMoving),
  })
}

const stateOptions = [
  { value: '', label: 'All states' },
  { value: 'requested,accepted,uploading,uploaded', label: 'Running' },
  { value: 'unsuccessful', label: 'Unsuccessful' },
  ...Object.entries(uploadStates).map(([value, { text }]) => ({ value, label: text })),
]

const dayComplete = (value: string): boolean => value === '' || /^\d{4}-\d{2}-\d{2}$/.test(value)

const FilterBar = ({ filters, change }: { filters: Filters; change: (next: Filters) => void }) => {
  const text = (name: 'dockSn' | 'note' | 'fleet') => (found: string) => change({ ...filters, [name]: found })
  const day = (name: 'from' | 'to', label: string) => (
    <FormField label={label}>
      <DatePicker
        value={(filters[name] ?? '').slice(0, 10)}
        placeholder="YYYY/MM/DD"
        onChange={({ detail }) => dayComplete(detail.value) && change({ ...filters, [name]: detail.value })}
      />
    </FormField>
  )
  return (
    <FilterFields active={Object.values(filters).filter(Boolean).length}>
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
      <TextField label="Dock" given={filters.dockSn} found={text('dockSn')} />
      <TextField label="Note contains" given={filters.note} found={text('note')} />
      <TextField label="Fleet" given={filters.fleet} found={text('fleet')} />
      {day('from', 'Started from')}
      {day('to', 'Started until')}
    </FilterFields>
  )
}

/** Uploads across docks, newest first, with results and failures. */
export const HistoryPage = () => {
  const [filters, setFilters] = useAddressed('state', 'fleet', 'dockSn', 'note', 'from', 'to')
  const list = useUploads(filters)
  const { grants } = useSession()
  const mayOperate = grants.may('operate')
  const [selected, setSelected] = useState<readonly string[]>([])
  const chosen = list.items.filter((upload) => selected.includes(upload.id) && canTryAgain(upload))
  const isFiltered = Object.values(filters).some(Boolean)
  const empty = isFiltered ? (
    <Empty
      what="No upload matches"
      next="Remove a filter."
      action={<Button onClick={() => setFilters({})}>Clear filters</Button>}
    />
  ) : (
    <Empty
      what="No uploads yet"
      next={
        <>
          Open a dock, refresh its list and upload the logs that you need.{' '}
          <Link href="/docks">Go to docks</Link>
        </>
      }
    />
  )
  return (
    <ListPage
      list={list}
      rows="uploads"
      title="Upload history"
      description="Uploads across docks, newest first"
      actions={mayOperate && <TrySelected uploads={chosen} done={() => setSelected([])} />}
      filter={<FilterBar filters={filters} change={setFilters} key={String(isFiltered)} />}
      columns={uploadColumns(true)}
      trackBy="id"
      {...(mayOperate
        ? {
            selectionType: 'multi' as const,
            selectedItems: chosen,
            isItemDisabled: (upload: Upload) => !canTryAgain(upload),
            onSelectionChange: ({ detail }: { detail: { selectedItems: Upload[] } }) =>
              setSelected(detail.selectedItems.map(({ id }) => id)),
            ariaLabels: {
              tableLabel: 'Uploads',
              selectionGroupLabel: 'Uploads to try again',
              allItemsSelectionLabel: () => 'Select all that can be tried again',
              itemSelectionLabel: (_: unknown, { dockSn, createdAt }: Upload) =>
                `Select the upload of ${dockSn} of ${createdAt}`,
            },
          }
        : {})}
      empty={empty}
    />
  )
}
