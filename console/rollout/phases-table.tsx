import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import type { Campaign } from '../api/records.ts'
import { List } from '../shell/list.tsx'
import { Foreign } from '../words/foreign.tsx'
import { count, duration } from '../words/quantities.ts'
import { Time } from '../words/time.tsx'
import { type Phase, phaseStates } from './rollout-words.tsx'

/** The devices of a phase: `5 % of all`. */
export const Take = ({ of }: { of: Phase['take'] }) => {
  if ('percent' in of) return `${of.percent} % of all`
  if ('devices' in of) return count(of.devices, 'device')
  const labels = Object.entries(of.labels).map(([name, value]) => `${name}: ${value}`)
  return (
    <>
      with <Foreign text={labels.join(', ')} />
    </>
  )
}

/** `95 % confirmed within 1 d, at most 2 % failed` */
export const gateOf = ({ confirmedPercent, failedAtMostPercent, withinSeconds }: Phase['gate']): string =>
  `${confirmedPercent} % confirmed within ${duration(withinSeconds)}, at most ${failedAtMostPercent} % failed`

/** Devices are assigned to the phase when the campaign starts. */
const isUnplanned = ({ size, state }: Pick<Phase, 'size' | 'state'>): boolean =>
  state === 'waiting' && size === 0

const Numbers = ({ of: { confirmed, failed, atWork, released, size } }: { of: Phase }) => (
  <>
    {confirmed.toLocaleString('en')} confirmed, {failed.toLocaleString('en')} failed
    <Box color="text-body-secondary" fontSize="body-s">
      {atWork.toLocaleString('en')} at work, {(size - released).toLocaleString('en')} to come
    </Box>
  </>
)

const State = ({ of: { state, openedAt, endedAt } }: { of: Phase }) => (
  <>
    <StatusIndicator type={phaseStates[state].type}>{phaseStates[state].text}</StatusIndicator>
    {openedAt && (
      <Box color="text-body-secondary" fontSize="body-s">
        {endedAt ? 'ended ' : 'opened '}
        <Time at={endedAt ?? openedAt} />
      </Box>
    )}
  </>
)

const columns: TableProps.ColumnDefinition<Phase>[] = [
  {
    id: 'name',
    header: 'Phase',
    minWidth: 110,
    isRowHeader: true,
    cell: ({ name }) => <Foreign text={name} short />,
  },
  { id: 'state', header: 'State', minWidth: 215, cell: (phase) => <State of={phase} /> },
  {
    id: 'takes',
    header: 'Devices',
    minWidth: 120,
    cell: ({ take, size, state, together }) => (
      <>
        {isUnplanned({ size, state }) ? <Take of={take} /> : count(size, 'device')}
        <Box color="text-body-secondary" fontSize="body-s">
          {together.toLocaleString('en')} at a time
        </Box>
      </>
    ),
  },
  {
    id: 'numbers',
    header: 'So far',
    minWidth: 170,
    cell: (phase) => (isUnplanned(phase) ? '–' : <Numbers of={phase} />),
  },
  {
    id: 'gate',
    header: 'Gate',
    minWidth: 180,
    cell: ({ gate, next }) => (
      <>
        {gateOf(gate)}
        {next === 'approval' && ', then approval'}
      </>
    ),
  },
]

/** The phases of a campaign, each with its gate and progress. */
export const PhasesTable = ({ phases }: { phases: NonNullable<Campaign['phases']> }) => (
  <List
    header={
      <Header
        variant="h2"
        description="A device counts as confirmed once it has reported the target version itself"
      >
        Phases
      </Header>
    }
    columnDefinitions={columns}
    items={phases}
    trackBy="name"
  />
)
