import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import type { Alarm } from '../api/records.ts'
import { Foreign } from '../words/foreign.tsx'
import { Ago, Time } from '../words/time.tsx'
import { alarmStates, levelMeanings, partText } from './words.ts'

/** An alarm's code, linked to the vendor's page with its text, and the part concerned. */
const Code = ({ alarm }: { alarm: Alarm }) => (
  <>
    <Link href={alarm.help} external target="_blank" externalIconAriaLabel="The vendor's page of codes">
      <Foreign text={alarm.code} />
    </Link>
    <Box fontSize="body-s" color="text-body-secondary">
      {partText(alarm)}
    </Box>
  </>
)

const State = ({ alarm: { state, seenAt, clearedAt } }: { alarm: Alarm }) => {
  const { type, text } = alarmStates[state]
  return (
    <>
      <StatusIndicator type={type}>{text}</StatusIndicator>
      <Box fontSize="body-s" color="text-body-secondary">
        {clearedAt ? (
          <Time at={clearedAt} />
        ) : (
          <>
            last reported <Ago at={seenAt} />
          </>
        )}
      </Box>
    </>
  )
}

/** The columns of an alarm table; `acrossDocks`: for several docks. */
export const alarmColumns = (acrossDocks: boolean): TableProps.ColumnDefinition<Alarm>[] => [
  {
    id: 'raised',
    header: 'Raised',
    minWidth: 165,
    isRowHeader: true,
    cell: ({ raisedAt }) => <Time at={raisedAt} />,
  },
  ...(acrossDocks
    ? [
        {
          id: 'dock',
          header: 'Dock',
          minWidth: 165,
          cell: ({ dockSn }: Alarm) => <Link href={`/docks/${dockSn}/alarms`}>{dockSn}</Link>,
        },
      ]
    : []),
  {
    id: 'level',
    header: 'Level',
    minWidth: 105,
    cell: ({ level }) => (
      <StatusIndicator type={levelMeanings[level].type}>{levelMeanings[level].text}</StatusIndicator>
    ),
  },
  { id: 'code', header: 'Alarm', minWidth: 175, cell: (alarm) => <Code alarm={alarm} /> },
  {
    id: 'by',
    header: 'Raised by',
    minWidth: 140,
    cell: ({ dockSn, sn }) => (sn === dockSn ? 'the dock' : `aircraft ${sn}`),
  },
  { id: 'state', header: 'State', minWidth: 130, cell: (alarm) => <State alarm={alarm} /> },
]
