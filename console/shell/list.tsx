import Cards, { type CardsProps } from '@cloudscape-design/components/cards'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { Fragment, type ReactNode } from 'react'
import { useNarrow } from './narrow.ts'

type Props<Item> = TableProps<Item> & {
  /** The first column of a card: the most important one. */
  first?: string
}

type Column<Item> = TableProps.ColumnDefinition<Item>

/** A row as a card: the state first, then its name, then the other columns with their labels. */
const cardOf = <Item,>(columns: readonly Column<Item>[], first: string): CardsProps.CardDefinition<Item> => {
  const name = columns.find(({ isRowHeader }) => isRowHeader)
  const state = columns.find(({ id }) => id === first && id !== name?.id)
  return {
    header: (item) => (
      <>
        {state && <div className="card-first">{state.cell(item)}</div>}
        {name?.cell(item)}
      </>
    ),
    sections: [
      {
        id: 'facts',
        content: (item) => (
          <dl className="card-facts">
            {columns
              .filter((column) => column !== name && column !== state)
              .map((column) => (
                <Fragment key={column.id}>
                  <dt>{column.header}</dt>
                  <dd>{column.cell(item)}</dd>
                </Fragment>
              ))}
          </dl>
        ),
      },
    ],
  }
}

/** A table, or cards if there is no space for its columns: so nothing is cut off. */
export const List = <Item,>({ first = 'state', ...table }: Props<Item>) => {
  const isNarrow = useNarrow()
  if (!isNarrow) return <Table wrapLines {...table} />
  const { columnDefinitions, items, header, filter, pagination, empty } = table
  const { selectionType, selectedItems = [], onSelectionChange, ariaLabels, trackBy, isItemDisabled } = table
  return (
    <Cards
      items={items}
      header={header}
      filter={filter}
      pagination={pagination}
      empty={empty}
      selectedItems={selectedItems}
      cardDefinition={cardOf(columnDefinitions, first)}
      cardsPerRow={[{ cards: 1 }]}
      loading={table.loading ?? false}
      loadingText={table.loadingText ?? ''}
      {...(trackBy === undefined ? {} : { trackBy })}
      {...(selectionType ? { selectionType } : {})}
      {...(onSelectionChange ? { onSelectionChange } : {})}
      {...(isItemDisabled ? { isItemDisabled } : {})}
      ariaLabels={{
        selectionGroupLabel: ariaLabels?.selectionGroupLabel ?? '',
        itemSelectionLabel: ariaLabels?.itemSelectionLabel ?? (() => ''),
        ...(ariaLabels?.tableLabel ? { cardsLabel: ariaLabels.tableLabel } : {}),
      }}
    />
  )
}

/** The filters of a list: side by side, or collapsed on a narrow window. */
export const Filters = ({ active, children }: { active: number; children: ReactNode }) => {
  const isNarrow = useNarrow()
  const fields = (
    <SpaceBetween direction={isNarrow ? 'vertical' : 'horizontal'} size="s">
      {children}
    </SpaceBetween>
  )
  if (!isNarrow) return fields
  return (
    <ExpandableSection headerText={active > 0 ? `Filters (${active})` : 'Filters'}>
      {fields}
    </ExpandableSection>
  )
}
