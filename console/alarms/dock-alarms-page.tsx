import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'
import { api, must } from '../api/client.ts'
import type { Alarm, Upload } from '../api/records.ts'
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
import { useDockAlarms } from './use-alarms.ts'
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

const CameOfIt = ({ alarm, uploads }: { alarm: Alarm; uploads: readonly Upload[] }) => (
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
        Uploads that came of it
      </Header>
    }
    columnDefinitions={uploadColumns(false)}
    items={uploadsOf(uploads, alarm)}
    trackBy="id"
    empty={
      <Empty
        what="No collection has uploaded for it"
        next={
          <>
            Collect the logs by hand, or have a collection do so next time.{' '}
            <Link href="/collections">To the collections</Link>
          </>
        }
      />
    }
  />
)

/** Alarms of a dock and its aircraft, and beside the selected one the logs around it and its uploads. */
export const DockAlarmsPage = () => {
  const { dockSn = '' } = useParams()
  const [{ state: named }, narrow] = useAddressed('state')
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
            description="Of the dock and its aircraft, the newest first; codes lead to the vendor’s page"
            read={list}
            saved={data && { name: `alarms-of-${dockSn}`, read: async () => data }}
          />
        }
        filter={
          <SpaceBetween direction="horizontal" size="s">
            <AlarmStateFilter state={state} change={(next) => narrow(next ? { state: next } : {})} />
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
          selectionGroupLabel: 'Whose logs are shown',
          itemSelectionLabel: (_, { code, sn }) => `Show the logs around ${escaped(code)} of ${sn}`,
        }}
        loading={isPending && !problem}
        loadingText="Reading the alarms"
        empty={
          <Empty
            what={state ? 'No alarm is like that' : 'This dock has raised no alarm'}
            next="Nothing to do. What it and its aircraft raise is kept here."
          />
        }
      />
      {shown && !dock && !problem && <Spinner size="large" />}
      {shown && dock && <LogsBeside dock={dock} alarm={shown} uploads={uploads?.items ?? []} />}
      {shown && uploadsError && <ProblemAlert error={uploadsError} retry={readUploads} />}
      {shown && uploads && <CameOfIt alarm={shown} uploads={uploads.items} />}
    </SpaceBetween>
  )
}
