import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useParams } from 'react-router'
import { api, must, mustDo } from '../api/client.ts'
import { nextPollMs } from '../api/pace.ts'
import { readAgain } from '../api/read-again.ts'
import type { Upgrade, UpgradeAttempt } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { Facts } from '../shell/facts.tsx'
import { List } from '../shell/list.tsx'
import { PartHeader } from '../shell/list-header.tsx'
import { useNotifications } from '../shell/notifications.tsx'
import { Page } from '../shell/page.tsx'
import { usePaging } from '../shell/paging.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { RemoveButton } from '../shell/remove-button.tsx'
import { useList } from '../shell/use-list.ts'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { Ago, Time } from '../words/time.tsx'
import { attemptColumns, Target } from './attempt-columns.tsx'
import { ChangeDevice } from './device-settings.tsx'
import { NewAttempt } from './new-attempt.tsx'
import { ReportTimeline } from './report-timeline.tsx'
import { evidences, isOpen, UpgradeStatus } from './upgrade-states.tsx'

/** A device, polled while it upgrades; its attempts and reports are refreshed after each report. */
const useDevice = (deviceId: string) => {
  const queries = useQueryClient()
  const answer = useQuery({
    queryKey: ['device', deviceId, 'record'],
    queryFn: () => must(api.GET('/v1/devices/{deviceId}/upgrade', { params: { path: { deviceId } } })),
    refetchInterval: ({ state }) =>
      state.data?.state === 'upgrading' && nextPollMs(`/v1/devices/${deviceId}/upgrade`),
  })
  const lastReport = `${answer.data?.lastReportAt} ${answer.data?.state}`
  useEffect(() => {
    if (lastReport) void readAgain(queries, ['device', deviceId, 'attempts'], ['device', deviceId, 'reports'])
  }, [lastReport, deviceId, queries])
  return answer
}

const useAttempts = (deviceId: string) =>
  useList({
    key: ['device', deviceId, 'attempts'],
    path: `/v1/devices/${deviceId}/upgrade-attempts`,
    paging: usePaging(deviceId),
    keeps: false,
    read: (query) =>
      must(api.GET('/v1/devices/{deviceId}/upgrade-attempts', { params: { path: { deviceId }, query } })),
  })

const CloseButton = ({ attempt, fleet }: { attempt: UpgradeAttempt; fleet: string }) => {
  const { grants } = useSession()
  const { fail } = useNotifications()
  const queries = useQueryClient()
  const { deviceId, id } = attempt
  const close = useMutation({
    mutationFn: () =>
      must(
        api.POST('/v1/devices/{deviceId}/upgrade-attempts/{id}/close', {
          params: { path: { deviceId, id } },
          body: {},
        }),
      ),
    onSuccess: () => readAgain(queries, ['device', deviceId]),
    onError: fail,
  })
  if (!isOpen(attempt.state) || !grants.may('operate', fleet)) return null
  return (
    <Button loading={close.isPending} onClick={() => close.mutate()}>
      Close the attempt
    </Button>
  )
}

/** The texts for what a driven attempt waits for. */
const waits: Record<NonNullable<UpgradeAttempt['waitingFor']>, string> = {
  version: 'its report of its version',
  device: 'any message from it, to offer it the package',
  campaign: 'its turn in its campaign',
  report: 'its report on the offer',
}

const drivenFacts = ({ packageId, deliveries = 0, offeredAt, waitingFor }: UpgradeAttempt) => [
  { label: 'Package', value: <Link href={`/packages/${packageId}`}>{packageId}</Link> },
  {
    label: 'Offered',
    value: offeredAt ? (
      <>
        {count(deliveries, 'time')}, last <Ago at={offeredAt} />
      </>
    ) : (
      'not yet'
    ),
  },
  { label: 'Waits for', value: waitingFor ? waits[waitingFor] : '–' },
]

const facts = ({
  firmware,
  software,
  lastReportAt,
  lastSeenAt,
  sdk,
  attempt,
  parentId,
  state,
  evidence,
  model,
  labels = {},
  timeZone,
}: Upgrade) => [
  {
    label: 'Firmware',
    value: firmware ? (
      <>
        <Foreign text={firmware.version} />, reported <Ago at={firmware.reportedAt} />
      </>
    ) : (
      '–'
    ),
  },
  {
    label: 'Software',
    value: software ? (
      <>
        <Foreign text={software.version} />, reported <Ago at={software.reportedAt} />
      </>
    ) : (
      '–'
    ),
  },
  { label: 'Last report', value: <Ago at={lastReportAt} /> },
  { label: 'Last seen', value: <Ago at={lastSeenAt} /> },
  { label: 'SDK', value: <Foreign text={sdk} /> },
  { label: 'Expected version', value: <Target of={attempt} /> },
  { label: 'Evidence', value: state === 'succeeded' && evidence ? evidences[evidence] : '–' },
  attempt?.provesAt
    ? { label: 'Accepted at', value: <Time at={attempt.provesAt} /> }
    : { label: 'Counts as silent at', value: <Time at={attempt?.silentAt} /> },
  {
    label: 'Campaign',
    value: attempt?.campaignId ? (
      <Link href={`/campaigns/${attempt.campaignId}`}>{attempt.campaignId}</Link>
    ) : (
      '–'
    ),
  },
  ...(attempt?.packageId ? drivenFacts(attempt) : []),
  {
    label: 'Gateway',
    value: parentId ? <Link href={`/devices/${parentId}`}>{parentId}</Link> : 'none',
  },
  { label: 'Model', value: <Foreign text={model} /> },
  {
    label: 'Labels',
    value: (
      <Foreign
        text={
          Object.entries(labels)
            .map(([name, value]) => `${name}: ${value}`)
            .join(', ') || undefined
        }
      />
    ),
  },
  { label: 'Time zone', value: timeZone ?? 'UTC' },
]

const Now = ({ device }: { device: Upgrade }) => (
  <Container
    header={
      <Header
        variant="h2"
        description={<UpgradeStatus upgrade={device} />}
        actions={device.attempt && <CloseButton attempt={device.attempt} fleet={device.fleet} />}
      >
        Upgrade
      </Header>
    }
  >
    <SpaceBetween size="l">
      {device.state === 'upgrading' && (
        <ProgressBar
          value={device.percent ?? 0}
          label="Progress reported by the device"
          additionalInfo={
            device.reportedVersion && (
              <>
                It runs <Foreign text={device.reportedVersion} />
              </>
            )
          }
        />
      )}
      <Facts columns={4} items={facts(device)} />
    </SpaceBetween>
  </Container>
)

const removeDevice = (deviceId: string): Promise<void> =>
  mustDo(api.DELETE('/v1/devices/{deviceId}', { params: { path: { deviceId } } }))

type Asking = 'attempt' | 'change'

const Actions = ({ device }: { device: Upgrade }) => {
  const { grants } = useSession()
  const [asking, setAsking] = useState<Asking>()
  const close = () => setAsking(undefined)
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {grants.may('admin', device.fleet) && (
        <RemoveButton
          what="device"
          to="/devices"
          list={['devices']}
          remove={() => removeDevice(device.deviceId)}
        >
          The device disappears from all lists until it reports again. Its attempts and reports remain
          available at their URLs until they expire, and campaigns still count it.
        </RemoveButton>
      )}
      {grants.may('admin', device.fleet) && <Button onClick={() => setAsking('change')}>Change</Button>}
      {grants.may('operate', device.fleet) && (
        <Button onClick={() => setAsking('attempt')}>Open an attempt</Button>
      )}
      {asking === 'change' && <ChangeDevice device={device} close={close} />}
      {asking === 'attempt' && <NewAttempt deviceIds={[device.deviceId]} close={close} />}
    </SpaceBetween>
  )
}

/** A device: its version, the state of its upgrade and the reason, and every report of each attempt. */
export const DevicePage = () => {
  const { deviceId = '' } = useParams()
  const { data: device, error, refetch } = useDevice(deviceId)
  const list = useAttempts(deviceId)
  const [chosen, setChosen] = useState<string>()
  const attempts = list.items
  const attempt = attempts.find(({ id }) => id === chosen) ?? attempts[0]
  return (
    <Page
      title={deviceId}
      description={device && `fleet ${device.fleet}`}
      actions={device && <Actions device={device} />}
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!device && !error && <Spinner size="large" />}
      {device && (
        <SpaceBetween size="l">
          {device.failure && (
            <Alert type={device.state === 'timedOut' ? 'warning' : 'error'} header={device.failure.reason}>
              {device.failure.advice}
            </Alert>
          )}
          <Now device={device} />
          {attempt && <ReportTimeline attempt={attempt} />}
          {list.error && <ProblemAlert error={list.error} retry={list.refetch} />}
          <List
            header={
              <PartHeader
                title="Attempts"
                description="Select one to see its reports"
                read={list}
                csv={{ name: `attempts-of-${deviceId}`, read: list.read }}
              />
            }
            pagination={list.control}
            columnDefinitions={attemptColumns}
            items={attempts}
            trackBy="id"
            selectionType="single"
            selectedItems={attempt ? [attempt] : []}
            onSelectionChange={({ detail }) => setChosen(detail.selectedItems[0]?.id)}
            ariaLabels={{
              tableLabel: 'Attempts',
              selectionGroupLabel: 'Attempts',
              itemSelectionLabel: (_, { openedAt }) => `Attempt of ${openedAt}`,
            }}
            loading={list.isLoading}
            loadingText="Loading attempts"
            empty={
              <Empty what="No attempts yet" next="Open an attempt above, or add the device to a campaign." />
            }
          />
        </SpaceBetween>
      )}
    </Page>
  )
}
