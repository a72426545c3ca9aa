import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useEffect, useState } from 'react'
import { useParams } from 'react-router'
import { api, must, mustDo } from '../api/client.ts'
import type { Dock } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { PartHeader } from '../shell/list-header.tsx'
import { Page } from '../shell/page.tsx'
import { usePaging } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { RemoveButton } from '../shell/remove-button.tsx'
import { useList } from '../shell/use-list.ts'
import { uploadColumns } from '../uploads/upload-columns.tsx'
import { isMoving } from '../uploads/upload-states.tsx'
import { useForgetDock, useUpload } from '../uploads/use-uploads.ts'
import { Foreign } from '../words/foreign.tsx'
import { Ago, Time } from '../words/time.tsx'
import { ActiveUpload } from './active-upload.tsx'
import { DebugModePanel } from './debug-mode.tsx'
import { DockFacts } from './dock-facts.tsx'
import { ChangeDock } from './dock-settings.tsx'
import { LogsPanel } from './logs-panel.tsx'
import { StandingAlarms } from './standing-alarms.tsx'
import { useDock } from './use-docks.ts'

const useDockUploads = (dockSn: string) =>
  useList({
    key: ['dock', dockSn, 'uploads'],
    path: `/v1/docks/${dockSn}/log-uploads`,
    paging: usePaging(dockSn),
    keeps: false,
    read: (query) => must(api.GET('/v1/docks/{dockSn}/log-uploads', { params: { path: { dockSn }, query } })),
  })

/** The upload shown in full: the active one, or one that was followed here until its end. */
const useFollowed = (dockSn: string, dock: Dock | undefined) => {
  const [followed, setFollowed] = useState<string>()
  const active = dock?.activeUpload?.id
  useEffect(() => {
    if (active) setFollowed(active)
  }, [active])
  const { data: upload } = useUpload(dockSn, followed)
  const forget = useForgetDock()
  const isOver = upload !== undefined && !isMoving(upload)
  useEffect(() => {
    if (isOver) forget(dockSn)
  }, [isOver, dockSn, forget])
  return { upload, follow: setFollowed }
}

const ForeignExport = ({ seen: { seenAt, objectKey } }: { seen: NonNullable<Dock['foreignExport']> }) => (
  <Alert type="warning" header="Another platform is making this dock export logs">
    Last seen <Ago at={seenAt} />, as <Foreign text={objectKey} />. The dock does one export at a time: wait
    until that one is over.
  </Alert>
)

const HeardAs = ({ dockSn, heard }: { dockSn: string; heard: NonNullable<Dock['heardAs']> }) => (
  <Alert type="warning" header="The serial number may be registered in the wrong letter case">
    An unregistered dock with the serial number <Foreign text={heard.dockSn} /> was heard{' '}
    <Ago at={heard.seenAt} />. Messages to {dockSn} do not reach it: register it exactly as{' '}
    <Foreign text={heard.dockSn} />.
  </Alert>
)

const Described = ({ dock: { dockSn, name, aircraftSn, fleet, lastHeardAt, createdAt } }: { dock: Dock }) => (
  <>
    {name ? `${dockSn} · ` : ''}
    {aircraftSn ? `aircraft ${aircraftSn} · ` : ''}fleet {fleet} ·{' '}
    {lastHeardAt && (
      <>
        last report on logs <Ago at={lastHeardAt} /> ·{' '}
      </>
    )}
    registered <Time at={createdAt} />
  </>
)

const removeDock = (dockSn: string): Promise<void> =>
  mustDo(api.DELETE('/v1/docks/{dockSn}', { params: { path: { dockSn } } }))

const ChangeButton = ({ dock }: { dock: Dock }) => {
  const [changing, setChanging] = useState(false)
  const { grants } = useSession()
  if (!grants.may('admin', dock.fleet)) return null
  return (
    <>
      <Button onClick={() => setChanging(true)}>Change</Button>
      {changing && <ChangeDock dock={dock} close={() => setChanging(false)} />}
    </>
  )
}

/** A dock: its current work, the logs on it and its aircraft, and its uploads. */
export const DockPage = () => {
  const { dockSn = '' } = useParams()
  const { data: dock, error, refetch } = useDock(dockSn)
  const uploads = useDockUploads(dockSn)
  const { grants } = useSession()
  const { upload, follow } = useFollowed(dockSn, dock)
  // The followed upload is newer than the list.
  const items = uploads.items.map((one) => (one.id === upload?.id ? upload : one))
  return (
    <Page
      title={dock?.name ?? dockSn}
      description={dock && <Described dock={dock} />}
      actions={
        dock && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button href={`/docks/${dockSn}/alarms`}>Alarms</Button>
            {grants.may('admin', dock.fleet) && (
              <RemoveButton what="dock" to="/docks" list={['docks']} remove={() => removeDock(dockSn)}>
                The dock disappears from all lists, and its messages are treated as those of an unregistered
                dock. Its uploads, archives and alarms remain available at their URLs until they expire. Its
                account, if it has one, works until you revoke it.
              </RemoveButton>
            )}
            <ChangeButton dock={dock} />
          </SpaceBetween>
        )
      }
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!dock && !error && <Spinner size="large" />}
      {dock && (
        <SpaceBetween size="l">
          {dock.foreignExport && <ForeignExport seen={dock.foreignExport} />}
          {dock.heardAs && <HeardAs dockSn={dockSn} heard={dock.heardAs} />}
          <StandingAlarms dockSn={dockSn} />
          {upload && <ActiveUpload upload={upload} />}
          <DockFacts dock={dock} />
          <DebugModePanel dock={dock} />
          <LogsPanel dock={dock} started={({ id }) => follow(id)} />
          {uploads.error && <ProblemAlert error={uploads.error} retry={uploads.refetch} />}
          <List
            header={
              <PartHeader
                title="Uploads of this dock"
                read={uploads}
                csv={{ name: `uploads-of-${dockSn}`, read: uploads.read }}
              />
            }
            pagination={uploads.control}
            columnDefinitions={uploadColumns(false)}
            items={items}
            loading={uploads.isLoading}
            loadingText="Loading uploads"
            empty={
              !uploads.error && (
                <Empty what="No uploads yet" next="Select logs above, then press Upload selected." />
              )
            }
          />
        </SpaceBetween>
      )}
    </Page>
  )
}
