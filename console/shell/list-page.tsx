import SpaceBetween from '@cloudscape-design/components/space-between'
import type { TableProps } from '@cloudscape-design/components/table'
import type { ComponentProps, ReactNode } from 'react'
import { List } from './list.tsx'
import { ListHeader, PartHeader } from './list-header.tsx'
import { ProblemAlert } from './problem.tsx'
import type { useList } from './use-list.ts'

/** The list's own props, and its actions on rows. */
type Given<Item> = Pick<
  ComponentProps<typeof List<Item>>,
  | 'first'
  | 'filter'
  | 'trackBy'
  | 'empty'
  | 'selectionType'
  | 'selectedItems'
  | 'onSelectionChange'
  | 'ariaLabels'
  | 'isItemDisabled'
>

type Props<Item> = Given<Item> & {
  /** In plural, such as `Runs`. */
  title: string
  description: string
  actions?: ReactNode
  list: ReturnType<typeof useList<Item>>
  columns: readonly TableProps.ColumnDefinition<Item>[]
  /** The name of the rows: while they load, and in the name of the saved file. */
  rows?: string
  /** Whether it is below a record instead of a page of its own. */
  isPart?: boolean
  file?: string
  /** Dialogs that the list opens. */
  children?: ReactNode
}

/** A list of the API, page by page: its head, its error, and the rows. */
export const ListPage = <Item extends object>({
  title,
  description,
  actions,
  list,
  columns,
  ...props
}: Props<Item>) => {
  const { rows = title.toLowerCase(), file = rows, isPart = false, children, ...table } = props
  const Head = isPart ? PartHeader : ListHeader
  return (
    <SpaceBetween size="l">
      {list.error && <ProblemAlert error={list.error} retry={list.refetch} />}
      <List
        header={
          <Head
            title={title}
            description={description}
            actions={actions}
            read={list}
            csv={{ name: file, read: list.read }}
          />
        }
        pagination={list.control}
        columnDefinitions={columns}
        items={list.items}
        loading={list.isLoading}
        loadingText={`Loading ${rows}`}
        {...table}
      />
      {children}
    </SpaceBetween>
  )
}
