import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { TableProps } from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import { Choice } from './choice.tsx'
import { Empty } from './empty.tsx'
import { ListPage } from './list-page.tsx'
import type { useList } from './use-list.ts'

type Props<Item extends object, State extends string> = {
  /** In plural, such as `Runs`, and the singular for the middle of a sentence. */
  title: string
  one: string
  description: string
  states: Readonly<Record<State, { text: string }>>
  state: State | undefined
  choose: (state: State | undefined) => void
  list: ReturnType<typeof useList<Item>>
  columns: TableProps.ColumnDefinition<Item>[]
  trackBy: (item: Item) => string
  /** The name of the saved file. */
  file: string
  empty: ReactNode
}

/** A list below a record, of its runs or deliveries, with a filter by state. */
export const StateList = <Item extends object, State extends string>(props: Props<Item, State>) => {
  const { title, one, description, states, state, choose, list, columns, trackBy, file, empty } = props
  const names = Object.keys(states).filter((name): name is State => Object.hasOwn(states, name))
  const options = [
    { value: '', label: 'All states' },
    ...names.map((value) => ({ value, label: states[value].text })),
  ]
  return (
    <ListPage
      isPart
      title={title}
      description={description}
      list={list}
      columns={columns}
      trackBy={trackBy}
      file={file}
      filter={
        <SpaceBetween direction="horizontal" size="s">
          <Choice
            ariaLabel={`State of the ${title.toLowerCase()}`}
            options={options}
            chosen={state}
            choose={(value) => choose(names.find((name) => name === value))}
          />
        </SpaceBetween>
      }
      empty={
        state ? (
          <Empty
            what={`No ${one} matches`}
            next="Remove the filter."
            action={<Button onClick={() => choose(undefined)}>Show all states</Button>}
          />
        ) : (
          !list.error && empty
        )
      }
    />
  )
}
