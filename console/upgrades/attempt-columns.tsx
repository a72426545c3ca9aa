import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import type { UpgradeAttempt } from '../api/records.ts'
import { Ago, Time } from '../words/time.tsx'
import { UpgradeStatus } from './upgrade-states.tsx'

const percent = ({ percent: of }: UpgradeAttempt): string => (of === undefined ? '–' : `${of} %`)

/** What an attempt is about and how it stands. */
export const attemptFields: TableProps.ColumnDefinition<UpgradeAttempt>[] = [
  { id: 'state', header: 'State', minWidth: 210, cell: (attempt) => <UpgradeStatus upgrade={attempt} /> },
  { id: 'percent', header: 'Progress', cell: percent },
  { id: 'version', header: 'Reported version', cell: ({ reportedVersion }) => reportedVersion ?? '–' },
  { id: 'last', header: 'Last report', minWidth: 120, cell: ({ lastReportAt }) => <Ago at={lastReportAt} /> },
  {
    id: 'why',
    header: 'What happened',
    minWidth: 160,
    cell: ({ failure, description }) => failure?.reason ?? description ?? '–',
  },
]

/** Devices of a campaign. */
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

/** Attempts of a device. */
export const attemptColumns: TableProps.ColumnDefinition<UpgradeAttempt>[] = [
  {
    id: 'opened',
    header: 'Opened',
    minWidth: 190,
    isRowHeader: true,
    cell: ({ openedAt }) => <Time at={openedAt} />,
  },
  {
    id: 'target',
    header: 'Target',
    minWidth: 150,
    cell: ({ package: of, targetVersion }) => `${of} ${targetVersion}`,
  },
  ...attemptFields.filter(({ id }) => id !== 'last'),
]
