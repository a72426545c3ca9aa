import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { escaped, Foreign } from '../words/foreign.tsx'
import { Ago } from '../words/time.tsx'
import { ExportCsv, type Exported } from './export-csv.tsx'
import { useTitle } from './page.tsx'

type Props = {
  title: string
  description?: ReactNode
  counter?: string
  /** The query of the list, to show its age and refresh it. */
  read: { isFetching: boolean; dataUpdatedAt: number; refetch: () => unknown }
  /** The CSV export; absent: the list is exported elsewhere. */
  csv?: Exported | undefined
  actions?: ReactNode
}

/** The head of a list: its title, the age of its data, and the buttons to refresh and save it. */
export const PartHeader = ({ variant = 'h2', ...props }: Props & { variant?: 'h1' | 'h2' }) => {
  const { title, description, counter, actions, csv } = props
  const { isFetching, dataUpdatedAt, refetch } = props.read
  return (
    <Header
      variant={variant}
      {...(counter ? { counter } : {})}
      description={
        <>
          {description}
          {dataUpdatedAt > 0 && (
            <>
              {description ? ' · ' : ''}updated <Ago at={new Date(dataUpdatedAt).toISOString()} />
            </>
          )}
        </>
      }
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            iconName="refresh"
            ariaLabel={variant === 'h1' ? 'Refresh' : `Refresh ${escaped(title).toLowerCase()}`}
            loading={isFetching}
            onClick={() => void refetch()}
          />
          {csv && <ExportCsv {...csv} />}
          {actions}
        </SpaceBetween>
      }
    >
      <Foreign text={title} />
    </Header>
  )
}

/** The same for a page that is one list: its title is the tab's, too. */
export const ListHeader = (props: Props) => {
  useTitle(props.title)
  return <PartHeader variant="h1" {...props} />
}
