import { useRouteError } from 'react-router'
import { ApiError } from '../api/problem.ts'
import { Page } from './page.tsx'
import { ProblemAlert } from './problem.tsx'

/** When a page itself fails: an unknown address, or a part of the page that could not be loaded. */
export const FailedPage = () => {
  const error = useRouteError()
  return (
    <Page title="This page cannot be shown">
      <ProblemAlert error={error} retry={() => location.reload()} />
    </Page>
  )
}

/** For addresses that the console does not have. */
export const UnknownPage = () => (
  <Page title="There is no such page">
    <ProblemAlert error={new ApiError(404, 'There is no such page')} />
  </Page>
)
