import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Facts } from '../../shell/facts.tsx'
import { Foreign } from '../../words/foreign.tsx'
import { count } from '../../words/quantities.ts'
import { type Draft, idOf, idsOf } from '../draft.ts'
import { settingsOf } from '../draft-settings.ts'
import { gateOf, Take } from '../phases-table.tsx'
import { retryText, selectText, windowText } from '../settings-facts.tsx'

/** A summary of the campaign, before it is created. */
export const ReviewStep = ({ draft }: { draft: Draft }) => {
  const { packageId, fleet, select, window, pace, retry, phases = [] } = settingsOf(draft)
  const ids = idsOf(draft)
  const named = ids.length > 0 ? count(ids.length, 'device') : 'those that were chosen before'
  const facts = [
    { label: 'ID', value: idOf(draft) },
    { label: 'Package', value: packageId ?? '–' },
    { label: 'Fleet', value: fleet ?? 'every fleet' },
    { label: 'Devices', value: <Foreign text={select ? selectText(select) : named} /> },
    { label: 'Window', value: window ? windowText(window) : 'always open' },
    { label: 'Pace', value: pace ? `${count(pace.perMinute, 'offer')} a minute` : 'as fast as phases allow' },
    { label: 'Tried again', value: retry ? retryText(retry) : 'never' },
  ]
  const ofPhases = phases.map(({ name, take, together, gate, next }, n) => ({
    label: `Phase ${n + 1}`,
    value: (
      <>
        <Foreign text={name} />: <Take of={take} />, {together.toLocaleString('en')} at a time; {gateOf(gate)}
        {next === 'approval' && n < phases.length - 1 && ', then approval'}
      </>
    ),
  }))
  return (
    <SpaceBetween size="m">
      <Container
        header={
          <Header variant="h2" description="Nothing is offered before the campaign is started, on its page">
            Campaign
          </Header>
        }
      >
        <Facts columns={3} items={facts} />
      </Container>
      <Container header={<Header variant="h2">Phases</Header>}>
        <Facts columns={1} items={ofPhases} />
      </Container>
    </SpaceBetween>
  )
}
