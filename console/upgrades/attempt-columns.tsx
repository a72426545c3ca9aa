import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import type { UpgradeAttempt } from '../api/records.ts'
import { Foreign } from '../words/foreign.tsx'
import { Ago, Time } from '../words/time.tsx'
import { UpgradeStatus } from './upgrade-states.tsx'

type Aim = { package: string; targetVersion: string }

/** The target: `firmware v2.0.0`. */
export const Target = ({ of, short = false }: { of: Aim | undefined; short?: boolean }) =>
  of ? (
    <>
      {of.package} <Foreign text={of.targetVersion} short={short} />
    </>
  ) : (
    '–'
  )

const percent = ({ percent: of }: UpgradeAttempt): string => (of === undefined ? '–' : `${of} %`)

/** The target and state of an attempt. */
export const attemptFields: TableProps.ColumnDefinition<UpgradeAttempt>[] = [
  { id: 'state', header: 'State', minWidth: 205, cell: (attempt) => <UpgradeStatus upgrade={attempt} /> },
  { id: 'percent', header: 'Progress', cell: percent },
  {
    id: 'version',
    header: 'Reported version',
    minWidth: 100,
    cell: ({ reportedVersion }) => <Foreign text={reportedVersion} short />,
  },
  { id: 'last', header: 'Last report', minWidth: 120, cell: ({ lastReportAt }) => <Ago at={lastReportAt} /> },
  {
    id: 'why',
    header: 'What happened',
    minWidth: 150,
    cell: ({ failure, description }) => <Foreign text={failure?.reason ?? description} />,
  },
]

/** The columns for devices of a campaign. */
export const deviceColumns: TableProps.ColumnDefinition<UpgradeAttempt>[] = [
  {
    id: 'device',
    header: 'Device',
    minWidth: 170,
    isRowHeader: true,
    cell: ({ deviceId }) => <Link href={`/devices/${deviceId}`}>{deviceId}</Link>,
  },
  ...attemptFields,
]

/** The columns for attempts of a device. */
export const attemptColumns: TableProps.ColumnDefinition<UpgradeAttempt>[] = [
  {
    id: 'opened',
    header: 'Opened',
    minWidth: 178,
    isRowHeader: true,
    cell: ({ openedAt }) => <Time at={openedAt} />,
  },
  {
    id: 'target',
    header: 'Target',
    minWidth: 120,
    cell: (attempt) => <Target of={attempt} short />,
  },
  ...attemptFields.filter(({ id }) => id !== 'last'),
]
