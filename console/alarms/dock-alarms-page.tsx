import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'
import { api, must } from '../api/client.ts'
import type { Alarm, Upload } from '../api/records.ts'
import { useDockAlarms } from '../docks/use-dock-alarms.ts'
import { useDock } from '../docks/use-docks.ts'
import { useAddressed } from '../shell/address.ts'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { ListHeader } from '../shell/list-header.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { uploadColumns } from '../uploads/upload-columns.tsx'
import { escaped, Foreign } from '../words/foreign.tsx'
import { Time } from '../words/time.tsx'
import { alarmColumns } from './alarm-columns.tsx'
import { AlarmStateFilter } from './alarm-state-filter.tsx'
import { uploadsOf } from './alarms-around.ts'
import { LogsBeside } from './logs-beside.tsx'
import { alarmKey, isAlarmState } from './words.ts'

/** The uploads among which those of a shown alarm are searched; the API's longest page. */
const mostUploads = 200

const useDockUploads = (dockSn: string) =>
  useQuery({
    queryKey: ['dock', dockSn, 'uploads', 'newest'],
    queryFn: () =>
      must(
        api.GET('/v1/docks/{dockSn}/log-uploads', {
          params: { path: { dockSn }, query: { limit: mostUploads } },
        }),
      ),
  })

const UploadsFor = ({ alarm, uploads }: { alarm: Alarm; uploads: readonly Upload[] }) => (
  <List
    header={
      <Header
        variant="h2"
        description={
          <>
            For <Foreign text={alarm.code} />, raised <Time at={alarm.raisedAt} />
          </>
        }
      >
        Uploads for this alarm
      </Header>
    }
    columnDefinitions={uploadColumns(false)}
    items={uploadsOf(uploads, alarm)}
    trackBy="id"
    empty={
      <Empty
        what="No collection has uploaded logs for this alarm"
        next={
          <>
            Collect the logs above, or let a collection do so next time.{' '}
            <Link href="/collections">Go to collections</Link>
          </>
        }
      />
    }
  />
)

/** Alarms of a dock and its aircraft, and beside the selected one the logs around it and its uploads. */
export const DockAlarmsPage = () => {
  const { dockSn = '' } = useParams()
  const [{ state: named }, setFilters] = useAddressed('state')
  const state = isAlarmState(named) ? named : undefined
  const [chosen, setChosen] = useState<string>()
  const { data: dock, error: dockError } = useDock(dockSn)
  const list = useDockAlarms(dockSn, state)
  const { data, error, isPending, refetch } = list
  const { data: uploads, error: uploadsError, refetch: readUploads } = useDockUploads(dockSn)
  const alarms = data?.items ?? []
  const shown = alarms.find((alarm) => alarmKey(alarm) === chosen) ?? alarms[0]
  const problem = dockError ?? error
  return (
    <SpaceBetween size="l">
      {problem && <ProblemAlert error={problem} retry={refetch} />}
      <List
        header={
          <ListHeader
            title={`Alarms of ${dock?.name ?? dockSn}`}
            description="Alarms of the dock and its aircraft, newest first; codes link to the vendor’s page"
            read={list}
            csv={data && { name: `alarms-of-${dockSn}`, read: async () => data }}
          />
        }
        filter={
          <SpaceBetween direction="horizontal" size="s">
            <AlarmStateFilter state={state} change={(next) => setFilters(next ? { state: next } : {})} />
          </SpaceBetween>
        }
        columnDefinitions={alarmColumns(false)}
        items={alarms}
        trackBy={alarmKey}
        selectionType="single"
        selectedItems={shown ? [shown] : []}
        onSelectionChange={({ detail: { selectedItems } }) =>
          setChosen(selectedItems[0] && alarmKey(selectedItems[0]))
        }
        ariaLabels={{
          tableLabel: 'Alarms',
          selectionGroupLabel: 'Alarm whose logs are shown',
          itemSelectionLabel: (_, { code, sn }) => `Show the logs around ${escaped(code)} of ${sn}`,
        }}
        loading={isPending && !problem}
        loadingText="Loading alarms"
        empty={
          <Empty
            what={state ? 'No alarm matches' : 'This dock has not raised an alarm'}
            next="Nothing to do. Its alarms and those of its aircraft are kept here."
          />
        }
      />
      {shown && !dock && !problem && <Spinner size="large" />}
      {shown && dock && <LogsBeside dock={dock} alarm={shown} />}
      {shown && uploadsError && <ProblemAlert error={uploadsError} retry={readUploads} />}
      {shown && uploads && <UploadsFor alarm={shown} uploads={uploads.items} />}
    </SpaceBetween>
  )
}
