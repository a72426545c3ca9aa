import Button from '@cloudscape-design/components/button'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { TableProps } from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import { Empty } from './empty.tsx'
import { List } from './list.tsx'
import { PartHeader } from './list-header.tsx'
import { ProblemAlert } from './problem.tsx'
import type { useList } from './use-list.ts'

type Props<Item extends object, State extends string> = {
  /** In plural, such as `Runs`, and one of them in the middle of a sentence. */
  title: string
  one: string
  description: string
  states: Readonly<Record<State, { text: string }>>
  state: State | undefined
  choose: (state: State | undefined) => void
  list: ReturnType<typeof useList<Item>>
  columns: TableProps.ColumnDefinition<Item>[]
  trackBy: (item: Item) => string
  /** The file that it is saved as. */
  file: string
  empty: ReactNode
}

const everyState = { value: '', label: 'Every state' }

/** A list below a record, of what it did or sent, that is narrowed by state. */
export const StateList = <Item extends object, State extends string>(props: Props<Item, State>) => {
  const { title, one, description, states, state, choose, list, columns, trackBy, file, empty } = props
  const names = Object.keys(states).filter((name): name is State => Object.hasOwn(states, name))
  const options = [everyState, ...names.map((value) => ({ value, label: states[value].text }))]
  return (
    <SpaceBetween size="l">
      {list.error && <ProblemAlert error={list.error} retry={list.refetch} />}
      <List
        header={
          <PartHeader {...{ title, description }} read={list} saved={{ name: file, read: list.read }} />
        }
        filter={
          <SpaceBetween direction="horizontal" size="s">
            <Select
              ariaLabel={`State of the ${title.toLowerCase()}`}
              selectedOption={options.find(({ value }) => value === (state ?? '')) ?? everyState}
              options={options}
              onChange={({ detail: { selectedOption } }) =>
                choose(names.find((name) => name === selectedOption.value))
              }
            />
          </SpaceBetween>
        }
        pagination={list.control}
        columnDefinitions={columns}
        items={list.items}
        trackBy={trackBy}
        loading={list.isLoading}
        loadingText={`Reading the ${title.toLowerCase()}`}
        empty={
          state ? (
            <Empty
              what={`No ${one} is like that`}
              next="Take the filter away."
              action={<Button onClick={() => choose(undefined)}>Show every state</Button>}
            />
          ) : (
            !list.error && empty
          )
        }
      />
    </SpaceBetween>
  )
}
