import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Alarm, Dock, Logs } from '../api/records.ts'
import { ListingNotices } from '../docks/listing-notices.tsx'
import { type Selection, selectedLogs, summaryOf } from '../docks/log-selection.ts'
import { UploadDialog } from '../docks/upload-dialog.tsx'
import { useLogs, useRefresh } from '../docks/use-logs.ts'
import { useSession } from '../session/session.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { moduleNames } from '../words/modules.ts'
import { bytes, count } from '../words/quantities.ts'
import { Ago, Time } from '../words/time.tsx'
import { logsAround } from './alarms-around.ts'

/** The listed logs that overlap the minutes around the alarm. */
const Found = ({ logs, selection }: { logs: Logs; selection: Selection }) =>
  logs.modules.map((listed) => {
    const { module, listedAt } = listed
    const held = selectedLogs({ modules: [listed] }, selection)
    return (
      <div key={module}>
        <Box variant="strong">{moduleNames[module]}</Box>
        {held.map(({ bootIndex, startTime, endTime, sizeBytes }) => (
          <div key={bootIndex}>
            Boot {bootIndex}: <Time at={startTime} /> to <Time at={endTime} />, {bytes(sizeBytes)}
          </div>
        ))}
        {held.length === 0 && (
          <div>
            No log covers these minutes; listed <Ago at={listedAt} />.
          </div>
        )}
      </div>
    )
  })

type Props = { dock: Dock; alarm: Alarm }

/** The logs of a dock and its aircraft around an alarm, which can be collected now. */
export const LogsBeside = ({ dock, alarm }: Props) => {
  const { dockSn, fleet, presence, activeUpload } = dock
  const navigate = useNavigate()
  const { grants } = useSession()
  const { data: logs, error, refetch } = useLogs(dockSn)
  const { refresh, isWaiting, awaited } = useRefresh(dockSn, logs)
  const [asking, setAsking] = useState(false)
  if (error) return <ProblemAlert error={error} retry={refetch} />
  if (!logs) return <Spinner size="large" />
  const selection = logsAround(logs, alarm)
  const summary = summaryOf(logs, selection)
  const isOffline = presence?.state === 'offline'
  const why = isOffline
    ? 'The dock is offline'
    : activeUpload
      ? 'The dock is uploading already'
      : 'No listed log covers these minutes: refresh the list'
  const buttons = grants.may('operate', fleet) && (
    <SpaceBetween direction="horizontal" size="xs">
      <Button
        iconName="refresh"
        loading={isWaiting}
        loadingText="Asking the dock"
        disabled={isOffline}
        disabledReason="The dock is offline"
        onClick={() => refresh(false)}
      >
        Refresh list
      </Button>
      <Button
        disabled={isOffline || activeUpload !== undefined || summary.logs === 0}
        disabledReason={why}
        onClick={() => setAsking(true)}
      >
        Collect these logs
      </Button>
    </SpaceBetween>
  )
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              From ten minutes before to two minutes after <Time at={alarm.raisedAt} />
            </>
          }
          actions={buttons}
        >
          Logs around <Foreign text={alarm.code} />
        </Header>
      }
    >
      <SpaceBetween size="s">
        <ListingNotices newest={logs.newest} awaited={awaited} />
        {logs.modules.length === 0 && <div>The logs of this dock are not known yet: refresh the list.</div>}
        <Found logs={logs} selection={selection} />
        {summary.logs > 0 && <Box variant="strong">{count(summary.logs, 'log')} in all</Box>}
      </SpaceBetween>
      {asking && (
        <UploadDialog
          dockSn={dockSn}
          selection={selection}
          force={false}
          summary={summary.items}
          close={() => setAsking(false)}
          started={({ id }) => void navigate(`/docks/${dockSn}/uploads/${id}`)}
        />
      )}
    </Container>
  )
}
