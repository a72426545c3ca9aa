import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { Foreign } from '../words/foreign.tsx'
import { useTitle } from './page.tsx'

type Props = {
  title: string
  description: string
  /** Whether the list is being read. */
  busy: boolean
  refresh: () => void
  actions?: ReactNode
}

/** The head of a page that is one list: its title, which is the tab's too, and the way to read it again. */
export const ListHeader = ({ title, description, busy, refresh, actions }: Props) => {
  useTitle(title)
  return (
    <Header
      variant="h1"
      description={description}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="refresh" ariaLabel="Refresh" loading={busy} onClick={refresh} />
          {actions}
        </SpaceBetween>
      }
    >
      <Foreign text={title} />
    </Header>
  )
}
