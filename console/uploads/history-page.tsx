import Button from '@cloudscape-design/components/button'
import DatePicker from '@cloudscape-design/components/date-picker'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '../api/client.ts'
import { fullPage } from '../api/full-page.ts'
import { addressOf, nextPollMs } from '../api/pace.ts'
import type { UploadState } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { ListHeader } from '../shell/list-header.tsx'
import { usePaging } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { uploadColumns } from './upload-columns.tsx'
import { isMoving, uploadStates } from './upload-states.tsx'

type Filters = { state?: UploadState; fleet?: string; from?: string; to?: string }

/** Days in the viewer's zone, as the times between which the API looks. */
const queryOf = ({ state, fleet, from, to }: Filters) => ({
  ...(state ? { state } : {}),
  ...(fleet ? { fleet } : {}),
  ...(from ? { createdAfter: new Date(`${from}T00:00:00`).toISOString() } : {}),
  ...(to ? { createdBefore: new Date(`${to}T23:59:59.999`).toISOString() } : {}),
})

const useUploads = (filters: Filters) => {
  const query = queryOf(filters)
  const key = JSON.stringify(query)
  const paging = usePaging(key)
  const answer = useQuery({
    queryKey: ['uploads', key, paging.query],
    queryFn: () =>
      fullPage(
        (page) => must(api.GET('/v1/log-uploads', { params: { query: { ...query, ...page } } })),
        paging.query,
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.items.some(isMoving) &&
      nextPollMs(addressOf('/v1/log-uploads', { ...query, ...paging.query })),
  })
  return { ...answer, paging }
}

const everyState = { value: '', label: 'Every state' }
const stateOptions = [
  everyState,
  ...Object.entries(uploadStates).map(([value, { text }]) => ({ value, label: text })),
]
const isState = (value: string | undefined): value is UploadState =>
  value !== undefined && Object.hasOwn(uploadStates, value)

const dayComplete = (value: string): boolean => value === '' || /^\d{4}-\d{2}-\d{2}$/.test(value)

const FilterBar = ({ filters, change }: { filters: Filters; change: (next: Filters) => void }) => {
  const [fleet, setFleet] = useState(filters.fleet ?? '')
  const day = (name: 'from' | 'to', label: string) => (
    <FormField label={label}>
      <DatePicker
        value={filters[name] ?? ''}
        placeholder="YYYY/MM/DD"
        onChange={({ detail }) => dayComplete(detail.value) && change({ ...filters, [name]: detail.value })}
      />
    </FormField>
  )
  return (
    <SpaceBetween direction="horizontal" size="s">
      <FormField label="State">
        <Select
          selectedOption={stateOptions.find(({ value }) => value === (filters.state ?? '')) ?? everyState}
          options={stateOptions}
          onChange={({ detail: { selectedOption } }) => {
            const { state: _, ...others } = filters
            change(isState(selectedOption.value) ? { ...others, state: selectedOption.value } : others)
          }}
        />
      </FormField>
      <FormField label="Fleet">
        <Input
          value={fleet}
          placeholder="Any"
          onChange={({ detail }) => setFleet(detail.value)}
          onBlur={() => change({ ...filters, fleet })}
          onKeyDown={({ detail }) => detail.key === 'Enter' && change({ ...filters, fleet })}
        />
      </FormField>
      {day('from', 'Started from')}
      {day('to', 'Started until')}
    </SpaceBetween>
  )
}

/** Uploads across docks, newest first: what arrived, what failed and why. */
export const HistoryPage = () => {
  const [filters, setFilters] = useState<Filters>({})
  const { data, error, isFetching, isPending, refetch, paging } = useUploads(filters)
  const isFiltered = Object.values(filters).some(Boolean)
  const empty = isFiltered ? (
    <Empty
      what="No upload is like that"
      next="Take a filter away."
      action={<Button onClick={() => setFilters({})}>Clear filters</Button>}
    />
  ) : (
    <Empty
      what="Nothing has been uploaded yet"
      next={
        <>
          Open a dock, refresh its list and upload the logs that you need.{' '}
          <Link href="/docks">To the docks</Link>
        </>
      }
    />
  )
  return (
    <SpaceBetween size="l">
      {error && <ProblemAlert error={error} retry={refetch} />}
      <Table
        variant="container"
        header={
          <ListHeader
            title="Upload history"
            description="Uploads across docks, newest first"
            busy={isFetching}
            refresh={refetch}
          />
        }
        filter={<FilterBar filters={filters} change={setFilters} key={String(isFiltered)} />}
        pagination={paging.control(data?.next, isFetching)}
        columnDefinitions={uploadColumns(true)}
        items={data?.items ?? []}
        loading={isPending && !error}
        loadingText="Reading the uploads"
        empty={empty}
        wrapLines
      />
    </SpaceBetween>
  )
}
