import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { useParams } from 'react-router'
import { api, mustDo } from '../api/client.ts'
import type { Campaign, UpgradeState } from '../api/records.ts'
import { ChooseButton } from '../rollout/choose-button.tsx'
import { failedOf, useRetryFailed } from '../rollout/choose-devices.ts'
import { Curve } from '../rollout/curve.tsx'
import { Decisions, Skipped } from '../rollout/decisions.tsx'
import { DryRun } from '../rollout/dry-run.tsx'
import { ExportButton } from '../rollout/export-button.tsx'
import { PhasesTable } from '../rollout/phases-table.tsx'
import { hasEnded, isDraft } from '../rollout/rollout-words.tsx'
import { SettingsFacts } from '../rollout/settings-facts.tsx'
import { SteerButtons } from '../rollout/steer-buttons.tsx'
import { useAbort, useCampaign, useCampaignDevices } from '../rollout/use-campaign.ts'
import { useFollowing } from '../rollout/use-rollout.ts'
import { Waiting } from '../rollout/waiting.tsx'
import { mayOperate } from '../session/grants.ts'
import { useSession } from '../session/session.tsx'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { PartHeader } from '../shell/list-header.tsx'
import { Page } from '../shell/page.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { RemoveButton } from '../shell/remove-button.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { deviceColumns, Target } from './attempt-columns.tsx'
import { Counts } from './campaign-counts.tsx'
import { StateBar } from './state-bar.tsx'
import { statesInOrder, upgradeStates } from './upgrade-states.tsx'
import { RenameCampaign } from './watch-campaign.tsx'

const AbortButton = ({ campaign }: { campaign: Campaign }) => {
  const abort = useAbort(campaign.id)
  return (
    <ConfirmedButton
      label="Abort"
      question="Abort this campaign?"
      answer="Abort the campaign"
      busy={abort.isPending}
      act={(settled) => abort.mutate(undefined, settled)}
    >
      {campaign.state === 'stopped'
        ? 'It has already stopped; once aborted, it is no longer shown on the overview. '
        : 'No more devices are admitted. '}
      {campaign.states.pending > 0 &&
        `The attempts of ${count(campaign.states.pending, 'device')} that have not started are closed. `}
      Devices that are upgrading continue. This cannot be undone.
    </ConfirmedButton>
  )
}

const RetryButton = ({ campaign }: { campaign: Campaign }) => {
  const retry = useRetryFailed(campaign.id)
  return (
    <ConfirmedButton
      label="Retry failed devices"
      question="Retry the failed devices?"
      answer="Try again"
      busy={retry.isPending}
      act={(settled) => retry.mutate(undefined, settled)}
    >
      {count(failedOf(campaign), 'device')} failed, fell silent or rolled back. Each gets a new attempt, and
      only that counts from now on.
    </ConfirmedButton>
  )
}

const Aborted = ({ aborted }: { aborted: NonNullable<Campaign['aborted']> }) => (
  <Alert type="warning" header="This campaign is aborted">
    {aborted.reason === 'threshold' ? (
      `Too many devices failed: ${aborted.failed ?? '?'} of ${aborted.finished ?? '?'} that had finished.`
    ) : (
      <>
        By <Foreign text={aborted.by} />.
      </>
    )}{' '}
    <Time at={aborted.at} />. Create another campaign for the remaining devices.
  </Alert>
)

/** The most urgent state that has devices. */
const mostUrgent = ({ states }: Campaign): UpgradeState | undefined =>
  statesInOrder.find((state) => states[state] > 0)

const nextFor = ({ packageId }: Campaign): string =>
  packageId === undefined
    ? 'Choose devices above: paste them, take them from a file, or find them by label.'
    : 'Each is listed here when its turn comes.'

const Devices = ({ campaign, state }: { campaign: Campaign; state: UpgradeState | undefined }) => {
  const list = useCampaignDevices(campaign, state)
  if (list.error) return <ProblemAlert error={list.error} retry={list.refetch} />
  return (
    <List
      header={
        <PartHeader
          title={state ? `Devices: ${upgradeStates[state].text.toLowerCase()}` : 'Devices'}
          {...(state ? { counter: `(${campaign.states[state]})` } : {})}
          read={list}
          csv={{ name: `devices-of-${campaign.id}`, read: list.read }}
        />
      }
      pagination={list.control}
      columnDefinitions={deviceColumns}
      items={list.items}
      loading={list.isLoading}
      loadingText="Loading devices"
      empty={<Empty what="No devices" next={nextFor(campaign)} />}
    />
  )
}

/** A campaign that drives its devices counts those whose turn has come, of all in its phases. */
const countedOf = ({ packageId, devices, chosen = devices, leftOut = 0 }: Campaign): string =>
  packageId === undefined
    ? count(devices, 'device')
    : `${devices.toLocaleString('en')} of ${count(chosen - leftOut, 'device')} had their turn`

/** The evidence of the successes, and the claims still under proof. */
const proofOf = ({ evidence: { confirmed, matched, proving } }: Campaign): string =>
  [
    `${confirmed.toLocaleString('en')} confirmed by the device`,
    ...(matched > 0 ? [`${matched.toLocaleString('en')} accepted after the time of proof`] : []),
    ...(proving > 0 ? [`${proving.toLocaleString('en')} claim the new version and wait for proof`] : []),
  ].join(', ')

const Deleted = ({ deleted: { at, by } }: { deleted: NonNullable<Campaign['deleted']> }) => (
  <Alert type="info" header="This campaign is deleted">
    By <Foreign text={by} />, <Time at={at} />. Its records remain available here until they expire.
  </Alert>
)

const removeCampaign = (id: string): Promise<void> =>
  mustDo(api.DELETE('/v1/campaigns/{id}', { params: { path: { id } } }))

/** The user's actions: saving the evidence needs only read permission. */
const Actions = ({ campaign }: { campaign: Campaign }) => {
  const { grants } = useSession()
  const [renaming, setRenaming] = useState(false)
  const maySteer = mayOperate(grants, campaign) && !campaign.deleted
  const isWatching = campaign.packageId === undefined && !campaign.aborted
  const isAtRest = campaign.states.pending + campaign.states.upgrading === 0
  const isOver = (isWatching || campaign.state === 'stopped') && isAtRest
  const mayGo = isDraft(campaign) || hasEnded(campaign) || isOver
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ExportButton campaign={campaign} />
      {maySteer && mayGo && (
        <RemoveButton
          what="campaign"
          label="Delete"
          to="/campaigns"
          list={['campaigns']}
          remove={() => removeCampaign(campaign.id)}
        >
          The campaign disappears from all lists. Its devices, decisions and evidence remain available at its
          URL until they expire; until then its ID stays taken.
        </RemoveButton>
      )}
      {maySteer && !isDraft(campaign) && <Button onClick={() => setRenaming(true)}>Rename</Button>}
      {maySteer && !hasEnded(campaign) && <AbortButton campaign={campaign} />}
      {maySteer && isWatching && failedOf(campaign) > 0 && <RetryButton campaign={campaign} />}
      {maySteer && isWatching && <ChooseButton id={campaign.id} />}
      {maySteer && <SteerButtons campaign={campaign} />}
      {renaming && <RenameCampaign campaign={campaign} close={() => setRenaming(false)} />}
    </SpaceBetween>
  )
}

/**
 * The additional parts of a campaign that drives its devices: what it waits for, its phases, its progress.
 */
const Driving = ({ campaign }: { campaign: Campaign }) => (
  <SpaceBetween size="l">
    <Waiting campaign={campaign} />
    {isDraft(campaign) && <DryRun id={campaign.id} />}
    <PhasesTable phases={campaign.phases ?? []} />
    <Curve campaign={campaign} />
  </SpaceBetween>
)

/** A campaign: its progress, the running versions, the failures, and the silent devices. */
export const CampaignPage = () => {
  const { id = '' } = useParams()
  const { data: campaign, error, refetch } = useCampaign(id)
  const [chosen, setChosen] = useState<UpgradeState>()
  useFollowing(campaign)
  const state = chosen ?? (campaign && mostUrgent(campaign))
  return (
    <Page
      title={campaign?.name ?? id}
      description={
        campaign && (
          <>
            <Target of={campaign} /> · {campaign.fleet ? `fleet ${campaign.fleet}` : 'every fleet'} · by{' '}
            <Foreign text={campaign.requestedBy} />
          </>
        )
      }
      actions={campaign && <Actions campaign={campaign} />}
    >
      {error && <ProblemAlert error={error} retry={refetch} />}
      {!campaign && !error && <Spinner size="large" />}
      {campaign && (
        <SpaceBetween size="l">
          {campaign.deleted && <Deleted deleted={campaign.deleted} />}
          {campaign.aborted && <Aborted aborted={campaign.aborted} />}
          {campaign.packageId !== undefined && <Driving campaign={campaign} />}
          {!isDraft(campaign) && (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">{countedOf(campaign)}</Header>}>
                {campaign.devices > 0 ? (
                  <SpaceBetween size="xs">
                    <StateBar states={campaign.states} chosen={state} choose={setChosen} />
                    <Box color="text-body-secondary">{proofOf(campaign)}</Box>
                  </SpaceBetween>
                ) : (
                  <Empty
                    what={campaign.packageId ? 'No device has had its turn' : 'No device is in the campaign'}
                    next={nextFor(campaign)}
                  />
                )}
              </Container>
              <Counts campaign={campaign} />
              <Devices campaign={campaign} state={state} />
              {campaign.packageId !== undefined && <Skipped id={id} />}
              {campaign.packageId !== undefined && <Decisions id={id} />}
            </SpaceBetween>
          )}
          {campaign.packageId !== undefined && <SettingsFacts campaign={campaign} />}
        </SpaceBetween>
      )}
    </Page>
  )
}
