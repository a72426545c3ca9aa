import { useCollection } from '@cloudscape-design/collection-hooks'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import type { TableProps } from '@cloudscape-design/components/table'
import type { Log, LogModule } from '../api/records.ts'
import { Empty } from '../shell/empty.tsx'
import { List } from '../shell/list.tsx'
import { pageSize } from '../shell/paging.tsx'
import { Foreign } from '../words/foreign.tsx'
import { moduleNames } from '../words/modules.ts'
import { bytes, duration } from '../words/quantities.ts'
import { Ago, Time } from '../words/time.tsx'
import { logsOfDay } from './log-selection.ts'

const secondsOf = ({ startTime, endTime }: Log): number =>
  startTime && endTime ? (Date.parse(endTime) - Date.parse(startTime)) / 1000 : 0

const columns: TableProps.ColumnDefinition<Log>[] = [
  {
    id: 'bootIndex',
    header: 'Boot',
    sortingField: 'bootIndex',
    isRowHeader: true,
    cell: ({ bootIndex }) => bootIndex,
  },
  {
    id: 'startTime',
    header: 'From',
    sortingField: 'startTime',
    cell: ({ startTime }) => <Time at={startTime} />,
  },
  { id: 'endTime', header: 'To', sortingField: 'endTime', cell: ({ endTime }) => <Time at={endTime} /> },
  {
    id: 'length',
    header: 'Length',
    sortingComparator: (a, b) => secondsOf(a) - secondsOf(b),
    cell: (log) => (secondsOf(log) > 0 ? duration(secondsOf(log)) : '–'),
  },
  { id: 'sizeBytes', header: 'Size', sortingField: 'sizeBytes', cell: ({ sizeBytes }) => bytes(sizeBytes) },
]
const [, byStart] = columns

type Props = {
  listed: LogModule
  day: string | undefined
  selected: readonly number[]
  select: (bootIndexes: number[]) => void
  /** False for users who may only read. */
  selectable: boolean
}

/** The logs of one module, newest first. */
export const LogTable = ({ listed, day, selected, select, selectable }: Props) => {
  const name = moduleNames[listed.module]
  const { items, collectionProps, paginationProps } = useCollection(logsOfDay(listed.logs, day), {
    pagination: { pageSize },
    sorting: { ...(byStart ? { defaultState: { sortingColumn: byStart, isDescending: true } } : {}) },
  })
  const isLong = listed.logs.length > pageSize
  const chosen = new Set(selected)
  return (
    <List
      wrapLines={false}
      {...collectionProps}
      {...(selectable ? { selectionType: 'multi' as const } : {})}
      columnDefinitions={columns}
      items={items}
      trackBy={({ bootIndex }) => String(bootIndex)}
      selectedItems={listed.logs.filter(({ bootIndex }) => chosen.has(bootIndex))}
      onSelectionChange={({ detail }) => select(detail.selectedItems.map(({ bootIndex }) => bootIndex))}
      ariaLabels={{
        tableLabel: `Logs of the ${name.toLowerCase()}`,
        selectionGroupLabel: `Logs of the ${name.toLowerCase()}`,
        allItemsSelectionLabel: () => `Select all logs of the ${name.toLowerCase()} shown here`,
        itemSelectionLabel: (_, { bootIndex }) => `Select boot ${bootIndex} of the ${name.toLowerCase()}`,
      }}
      header={
        <Header
          variant="h2"
          counter={
            selected.length > 0 ? `(${selected.length}/${listed.logs.length})` : `(${listed.logs.length})`
          }
          description={
            <>
              <Foreign text={listed.deviceSn} /> · listed <Ago at={listed.listedAt} />
            </>
          }
        >
          {name}
        </Header>
      }
      pagination={isLong && <Pagination {...paginationProps} />}
      empty={
        <Empty
          what="No logs"
          next={day ? 'Choose another day.' : 'The device has none. Refresh the list after its next boot.'}
        />
      }
    />
  )
}
