import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import type { Dock, Logs, Upload } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { dayName } from '../words/day.ts'
import { count } from '../words/quantities.ts'
import { Ago } from '../words/time.tsx'
import { ListingNotices } from './listing-notices.tsx'
import { daysOf, nothingSelected, selectDay, summaryOf } from './log-selection.ts'
import { LogTable } from './log-table.tsx'
import { UploadDialog } from './upload-dialog.tsx'
import { useLogs, useRefresh } from './use-logs.ts'

const everyDay = { value: '', label: 'All days' }

const DayFilter = ({
  logs,
  day,
  change,
}: {
  logs: Logs
  day: string | undefined
  change: (day: string | undefined) => void
}) => {
  const options = [
    everyDay,
    ...daysOf(logs).map(([value, of]) => ({ value, label: dayName(value), description: count(of, 'log') })),
  ]
  return (
    <Select
      ariaLabel="Day"
      selectedOption={options.find(({ value }) => value === (day ?? '')) ?? everyDay}
      options={options}
      onChange={({ detail }) => change(detail.selectedOption.value || undefined)}
    />
  )
}

const whyNot = ({ activeUpload }: Dock, isAsked: boolean): string => {
  if (!isAsked) return 'The dock is offline'
  return activeUpload ? 'The dock is uploading already' : 'Select logs first'
}

type AbsentProps = { dock: Dock; force: boolean; change: (force: boolean) => void }

/** The dock may be online although we think it is offline; somebody on site can tell. */
const Absent = ({ dock: { presence }, force, change }: AbsentProps) => (
  <Alert type="warning" header="The dock is offline">
    It went offline <Ago at={presence?.since} />. Commands will not reach it unless it is online after all.
    <Checkbox checked={force} onChange={({ detail }) => change(detail.checked)}>
      Send commands anyway
    </Checkbox>
  </Alert>
)

type Props = { dock: Dock; started: (upload: Upload) => void }

/** The logs of a dock and its aircraft, to select and upload. */
export const LogsPanel = ({ dock, started }: Props) => {
  const { grants } = useSession()
  const { data: logs, error, refetch } = useLogs(dock.dockSn)
  const { refresh, isWaiting, awaited } = useRefresh(dock.dockSn, logs)
  const [selection, setSelection] = useState(nothingSelected)
  const [day, setDay] = useState<string>()
  const [asking, setAsking] = useState(false)
  const [force, setForce] = useState(false)
  const isOffline = dock.presence?.state === 'offline'
  const isAsked = !isOffline || force
  const mayOperate = grants.may('operate', dock.fleet)
  const refreshButton = mayOperate && (
    <Button
      iconName="refresh"
      loading={isWaiting}
      loadingText="Asking the dock"
      disabled={!isAsked}
      disabledReason="The dock is offline"
      onClick={() => refresh(isOffline)}
    >
      Refresh list
    </Button>
  )
  if (error) return <ProblemAlert error={error} retry={refetch} />
  if (!logs) return <Spinner size="large" />
  const summary = summaryOf(logs, selection)
  const isListed = logs.modules.length > 0
  const actions = (
    <SpaceBetween direction="horizontal" size="xs">
      {refreshButton}
      {mayOperate && isListed && (
        <Button
          variant="primary"
          disabled={!isAsked || summary.logs === 0 || dock.activeUpload !== undefined}
          disabledReason={whyNot(dock, isAsked)}
          onClick={() => setAsking(true)}
        >
          Upload selected
        </Button>
      )}
    </SpaceBetween>
  )
  return (
    <SpaceBetween size="l">
      {isOffline && mayOperate && <Absent dock={dock} force={force} change={setForce} />}
      <Container
        header={
          <Header variant="h2" actions={actions}>
            Logs
          </Header>
        }
      >
        {isListed ? (
          <SpaceBetween direction="horizontal" size="s" alignItems="center">
            <DayFilter logs={logs} day={day} change={setDay} />
            {mayOperate && (
              <Button onClick={() => setSelection(selectDay(logs, day))}>
                {day ? 'Select all of this day' : 'Select all'}
              </Button>
            )}
            {summary.logs > 0 && (
              <>
                <Button variant="link" onClick={() => setSelection(nothingSelected)}>
                  Clear
                </Button>
                <Box variant="strong">{summary.text}</Box>
              </>
            )}
          </SpaceBetween>
        ) : (
          <Empty
            what="The logs of this dock are not known yet"
            next={
              mayOperate
                ? 'Ask the dock and its aircraft which logs they hold.'
                : 'Somebody who may operate docks must refresh the list first.'
            }
            action={refreshButton}
          />
        )}
      </Container>
      <ListingNotices newest={logs.newest} awaited={awaited} />
      {isListed && (
        <Grid
          gridDefinition={logs.modules.map(() => ({
            colspan: { default: 12, l: logs.modules.length > 1 ? 6 : 12 },
          }))}
        >
          {logs.modules.map((listed) => (
            <LogTable
              key={listed.module}
              listed={listed}
              day={day}
              selected={selection[listed.module]}
              select={(boots) => setSelection((all) => ({ ...all, [listed.module]: boots }))}
              selectable={mayOperate}
            />
          ))}
        </Grid>
      )}
      {asking && (
        <UploadDialog
          dockSn={dock.dockSn}
          force={isOffline}
          selection={selection}
          summary={summary.items}
          close={() => setAsking(false)}
          started={(upload) => {
            setAsking(false)
            setSelection(nothingSelected)
            started(upload)
          }}
        />
      )}
    </SpaceBetween>
  )
}
