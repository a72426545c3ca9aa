import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import type { Overview } from '../api/records.ts'
import { stopReasons } from '../rollout/rollout-words.tsx'
import { Empty } from '../shell/empty.tsx'
import { Page } from '../shell/page.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Ago } from '../words/time.tsx'
import { Days } from './days.tsx'

/** The polling interval of the visible page; an answer costs a few read units. */
const againMs = 60_000

const useOverview = () =>
  useQuery({
    queryKey: ['overview'],
    queryFn: () => must(api.GET('/v1/overview', { params: { query: {} } })),
    refetchInterval: againMs,
  })

type FigureProps = { label: string; value: number; href: string; isBad?: boolean }

/** A number that links to its list. */
const Figure = ({ label, value, href, isBad = false }: FigureProps) => (
  <div className={isBad && value > 0 ? 'figure figure-bad' : 'figure'}>
    <Box variant="awsui-key-label">{label}</Box>
    <Link href={href} variant="awsui-value-large" ariaLabel={`${label}: ${value.toLocaleString('en')}`}>
      {value.toLocaleString('en')}
    </Link>
  </div>
)

const Figures = ({ title, of }: { title: string; of: readonly FigureProps[] }) => (
  <Container fitHeight header={<Header variant="h2">{title}</Header>}>
    <ColumnLayout columns={of.length > 3 ? 4 : of.length} minColumnWidth={120}>
      {of.map((figure) => (
        <Figure key={figure.label} {...figure} />
      ))}
    </ColumnLayout>
  </Container>
)

const running = 'requested,accepted,uploading,uploaded'

const Numbers = ({ of: { docks, uploads, upgrades, campaigns, since } }: { of: Overview }) => {
  const lately = `from=${encodeURIComponent(since)}`
  return (
    <SpaceBetween size="l">
      <Figures
        title="Uploads of logs"
        of={[
          { label: 'Running', value: uploads.running, href: `/uploads?state=${running}` },
          {
            label: 'Failed in the last day',
            value: uploads.unsuccessful - uploads.timedOut,
            href: `/uploads?state=failed,rejected,missing,partial&${lately}`,
            isBad: true,
          },
          {
            label: 'Fell silent in the last day',
            value: uploads.timedOut,
            href: `/uploads?state=timedOut&${lately}`,
            isBad: true,
          },
          {
            label: 'Verified in the last day',
            value: uploads.succeeded,
            href: `/uploads?state=verified&${lately}`,
          },
        ]}
      />
      <ColumnLayout columns={2}>
        <Figures
          title="Upgrades"
          of={[
            { label: 'Devices upgrading', value: upgrades.running, href: '/devices?state=pending,upgrading' },
            {
              label: 'Devices failed',
              value: upgrades.unsuccessful - upgrades.timedOut,
              href: '/devices?state=failed,rolledBack',
              isBad: true,
            },
            {
              label: 'Devices silent',
              value: upgrades.timedOut,
              href: '/devices?state=timedOut',
              isBad: true,
            },
          ]}
        />
        <Figures
          title="Docks and campaigns"
          of={[
            { label: 'Docks', value: docks.registered, href: '/docks' },
            { label: 'Docks offline', value: docks.offline, href: '/docks?presence=offline', isBad: true },
            { label: 'Campaigns running', value: campaigns.running, href: '/campaigns' },
          ]}
        />
      </ColumnLayout>
    </SpaceBetween>
  )
}

const Approvals = ({ of }: { of: Overview['campaigns']['awaitingApproval'] }) =>
  of.length > 0 && (
    <Alert
      type="warning"
      header={of.length === 1 ? 'A campaign awaits approval' : 'Campaigns await approval'}
    >
      {of.map(({ id, name }) => (
        <div key={id}>
          <Link href={`/campaigns/${id}`}>
            <Foreign text={name} />
          </Link>
        </div>
      ))}
    </Alert>
  )

/** The texts for why campaigns have stopped. */
const whyStopped: Record<Overview['campaigns']['stopped'][number]['reason'], string> = {
  ...stopReasons,
  threshold: 'Too many devices failed: its threshold aborted it.',
}

const Stopped = ({ of }: { of: Overview['campaigns']['stopped'] }) =>
  of.length > 0 && (
    <Alert type="error" header={of.length === 1 ? 'A campaign has stopped' : 'Campaigns have stopped'}>
      {of.map(({ id, name, reason }) => (
        <div key={id}>
          <Link href={`/campaigns/${id}`}>
            <Foreign text={name} />
          </Link>
          : {whyStopped[reason]}
        </div>
      ))}
    </Alert>
  )

const isEmpty = ({ docks, uploads, upgrades, days }: Overview): boolean =>
  [docks.registered, uploads.running, ...Object.values(upgrades)].every((count) => count === 0) &&
  days.every((one) => one.uploads.succeeded + one.uploads.unsuccessful === 0)

const Nothing = () => (
  <Container>
    <Empty
      what="Nothing is registered yet"
      next={
        <>
          <Link href="/docks">Register the first dock</Link> to collect its logs, or create a{' '}
          <Link href="/packages">package</Link> to upgrade devices.
        </>
      }
    />
  </Container>
)

/** The start page: everything that needs attention, each number linked to its list. */
export const OverviewPage = () => {
  const { data, error, isFetching, refetch } = useOverview()
  return (
    <Page
      title="Overview"
      description={
        data && (
          <>
            As of <Ago at={data.at} />
            {data.complete ? '' : '; not everything was counted, so the numbers are lower limits'}
          </>
        )
      }
      actions={
        <Button iconName="refresh" ariaLabel="Refresh" loading={isFetching} onClick={() => void refetch()} />
      }
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!data && !error && <Spinner size="large" />}
      {data && isEmpty(data) && <Nothing />}
      {data && <Stopped of={data.campaigns.stopped} />}
      {data && <Approvals of={data.campaigns.awaitingApproval} />}
      {data && !isEmpty(data) && <Numbers of={data} />}
      {data && !isEmpty(data) && <Days of={data.days} />}
    </Page>
  )
}
