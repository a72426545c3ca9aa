import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { Empty } from '../shell/empty.tsx'
import { ListHeader } from '../shell/list-header.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { alarmColumns } from './alarm-columns.tsx'
import { AlarmStateFilter } from './alarm-state-filter.tsx'
import { type AlarmFilters, useAlarms } from './use-alarms.ts'
import { alarmKey } from './words.ts'

const FleetFilter = ({ change }: { change: (fleet: string) => void }) => {
  const [text, setText] = useState('')
  return (
    <Input
      ariaLabel="Fleet"
      placeholder="Any fleet"
      value={text}
      onChange={({ detail }) => setText(detail.value.trim())}
      onBlur={() => change(text)}
      onKeyDown={({ detail }) => detail.key === 'Enter' && change(text)}
    />
  )
}

/** Alarms of all docks that one may see, and of their aircraft, the newest first. */
export const AlarmsPage = () => {
  const [filters, setFilters] = useState<AlarmFilters>({ state: 'standing' })
  const { data, error, isFetching, isPending, refetch, control } = useAlarms(filters)
  const { state, fleet } = filters
  return (
    <SpaceBetween size="l">
      {error && <ProblemAlert error={error} retry={refetch} />}
      <Table
        header={
          <ListHeader
            title="Alarms"
            description="What docks and their aircraft say is wrong; each dock’s page of alarms has the logs beside them"
            busy={isFetching}
            refresh={refetch}
          />
        }
        filter={
          <SpaceBetween direction="horizontal" size="s">
            <AlarmStateFilter
              state={state}
              change={(next) => setFilters({ ...(fleet ? { fleet } : {}), ...(next ? { state: next } : {}) })}
            />
            <FleetFilter
              key={String(fleet === undefined)}
              change={(next) => setFilters({ ...(state ? { state } : {}), ...(next ? { fleet: next } : {}) })}
            />
          </SpaceBetween>
        }
        pagination={control}
        columnDefinitions={alarmColumns(true)}
        items={data?.items ?? []}
        trackBy={alarmKey}
        loading={isPending && !error}
        loadingText="Reading the alarms"
        wrapLines
        empty={
          state || fleet ? (
            <Empty
              what={state === 'standing' && !fleet ? 'No alarm stands' : 'No alarm is like that'}
              next="Nothing to do. Those that have cleared are kept, too."
              action={<Button onClick={() => setFilters({})}>Show all alarms</Button>}
            />
          ) : (
            <Empty
              what="No dock has raised an alarm"
              next="Nothing to do. What docks and aircraft raise is kept here."
            />
          )
        }
      />
    </SpaceBetween>
  )
}
