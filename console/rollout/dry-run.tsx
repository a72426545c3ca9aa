import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { CampaignDryRun } from '../api/records.ts'
import { Facts } from '../shell/facts.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { reasonsAgainst } from './rollout-words.tsx'
import { useDryRun } from './use-rollout.ts'

const number = (of: number): string => of.toLocaleString('en')

const Results = ({ of }: { of: CampaignDryRun }) => (
  <SpaceBetween size="m">
    {!of.complete && (
      <StatusIndicator type="warning">There are more devices than one look takes in.</StatusIndicator>
    )}
    <Facts
      columns={4}
      items={[
        { label: 'Take part', value: count(of.takePart, 'device') },
        { label: 'Of these run it already', value: `${number(of.alreadyCurrent)}; nothing is sent to them` },
        {
          label: 'Of these with no known version',
          value: `${number(of.versionUnknown)}; they are asked first`,
        },
        { label: 'Of these in no phase', value: number(of.leftOut) },
        ...of.phases.map(({ name, devices }) => ({
          label: (
            <>
              Of these in phase “<Foreign text={name} />”
            </>
          ),
          value: number(devices),
        })),
      ]}
    />
    {of.others.length > 0 && (
      <div>
        <Box variant="awsui-key-label">Excluded</Box>
        {of.others.map(({ reason, devices, examples }) => (
          <div key={reason}>
            {reasonsAgainst[reason]}: {number(devices)}, for instance <Foreign text={examples.join(', ')} />
          </div>
        ))}
      </div>
    )}
  </SpaceBetween>
)

/** What the campaign would do if started now. */
export const DryRun = ({ id }: { id: string }) => {
  const { data, error, isFetching, refetch } = useDryRun(id)
  const again = (
    <Button iconName="refresh" ariaLabel="Look again" loading={isFetching} onClick={() => refetch()} />
  )
  return (
    <Container
      header={
        <Header variant="h2" description="What would happen if it were started now" actions={again}>
          Dry run
        </Header>
      }
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!data && !error && <Spinner />}
      {data && <Results of={data} />}
    </Container>
  )
}
