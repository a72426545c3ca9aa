import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { CollectionRun } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { LeftOutWords, RunStatus } from './run-words.tsx'
import { useRuns } from './use-collections.ts'
import { causeText, newestText, phases } from './words.ts'

type State = CollectionRun['state']

const Span = ({ run: { from, to, newestBoots } }: { run: CollectionRun }) => {
  if (newestBoots !== undefined) return newestText(newestBoots)
  if (from === undefined) return '–'
  return (
    <>
      <Time at={from} /> to <Time at={to} />
    </>
  )
}

const columns: TableProps.ColumnDefinition<CollectionRun>[] = [
  {
    id: 'cause',
    header: 'Cause',
    minWidth: 165,
    isRowHeader: true,
    cell: ({ cause }) => (
      <>
        <Foreign text={causeText(cause)} />
        <Box fontSize="body-s" color="text-body-secondary">
          <Time at={cause.at} />
        </Box>
      </>
    ),
  },
  {
    id: 'dock',
    header: 'Dock',
    minWidth: 165,
    cell: ({ dockSn }) => <Link href={`/docks/${dockSn}`}>{dockSn}</Link>,
  },
  { id: 'state', header: 'State', minWidth: 170, cell: (run) => <RunStatus run={run} /> },
  {
    id: 'upload',
    header: 'Upload',
    minWidth: 85,
    cell: ({ dockSn, uploadId }) =>
      uploadId ? <Link href={`/docks/${dockSn}/uploads/${uploadId}`}>Show</Link> : '–',
  },
  { id: 'span', header: 'Logs of', minWidth: 160, cell: (run) => <Span run={run} /> },
  { id: 'leftOut', header: 'Left out', minWidth: 140, cell: ({ leftOut }) => <LeftOutWords of={leftOut} /> },
]

const everyState = { value: '', label: 'Every state' }
const stateOptions = [
  everyState,
  ...Object.entries(phases).map(([value, { text: label }]) => ({ value, label })),
]
const isState = (value: string | undefined): value is State =>
  value !== undefined && Object.hasOwn(phases, value)

/** What a collection did, for which cause, and what it left out and why. */
export const RunsTable = ({ id, next }: { id: string; next: string }) => {
  const [state, setState] = useState<State>()
  const { data, error, isFetching, isPending, refetch, control } = useRuns(id, state)
  return (
    <SpaceBetween size="l">
      {error && <ProblemAlert error={error} retry={refetch} />}
      <Table
        header={
          <Header
            variant="h2"
            description="One for each cause at each dock, newest first"
            actions={
              <Button
                iconName="refresh"
                ariaLabel="Refresh runs"
                loading={isFetching}
                onClick={() => void refetch()}
              />
            }
          >
            Runs
          </Header>
        }
        filter={
          <SpaceBetween direction="horizontal" size="s">
            <Select
              ariaLabel="State of the runs"
              selectedOption={stateOptions.find(({ value }) => value === (state ?? '')) ?? everyState}
              options={stateOptions}
              onChange={({ detail: { selectedOption } }) =>
                setState(isState(selectedOption.value) ? selectedOption.value : undefined)
              }
            />
          </SpaceBetween>
        }
        pagination={control}
        columnDefinitions={columns}
        items={data?.items ?? []}
        trackBy="id"
        loading={isPending && !error}
        loadingText="Reading the runs"
        wrapLines
        empty={
          state ? (
            <Empty
              what="No run is like that"
              next="Take the filter away."
              action={<Button onClick={() => setState(undefined)}>Show every state</Button>}
            />
          ) : (
            <Empty what="It has not run yet" next={next} />
          )
        }
      />
    </SpaceBetween>
  )
}
