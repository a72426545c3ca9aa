import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useEffect } from 'react'
import { escaped, Foreign } from '../words/foreign.tsx'

type Props = { title: string; description?: ReactNode; actions?: ReactNode; children: ReactNode }

/** Sets the tab's title. */
export const useTitle = (title: string): void => {
  useEffect(() => {
    document.title = `${escaped(title)} · Groundcrew`
  }, [title])
}

/** A page with its title, which is the tab's too. */
export const Page = ({ title, description, actions, children }: Props) => {
  useTitle(title)
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description} actions={actions}>
          <Foreign text={title} />
        </Header>
      }
    >
      <SpaceBetween size="l">{children}</SpaceBetween>
    </ContentLayout>
  )
}
