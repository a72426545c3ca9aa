import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { Component, type ReactNode } from 'react'
import { useRouteError } from 'react-router'
import { ApiError } from '../api/problem.ts'
import { Page } from './page.tsx'
import { ProblemAlert } from './problem.tsx'

/**
 * The messages of browsers and Vite about a script or a style that could not be loaded; there is no error
 * code.
 */
const notLoaded = /dynamically imported module|importing a module script|preload css/i

const isNotLoaded = (error: unknown): boolean => error instanceof Error && notLoaded.test(error.message)

const reload = (): void => location.reload()

/** Shown instead of a failed page, or part of one; the rest keeps working. */
const Failed = ({ error }: { error: unknown }) =>
  isNotLoaded(error) ? (
    <Alert
      type="error"
      header="A part of the console could not be loaded"
      action={<Button onClick={reload}>Reload the page</Button>}
    >
      The backend cannot be reached, or has a newer console than this page. The rest of the page still works.
    </Alert>
  ) : (
    <ProblemAlert error={error} retry={reload} />
  )

/** Shown when a page itself fails: a bug, or a file that could not be loaded. */
export const FailedPage = () => {
  const error = useRouteError()
  return (
    <Page title="This page cannot be shown">
      <Failed error={error} />
    </Page>
  )
}

type Props = { children: ReactNode }

/** Wraps a part of a page that is loaded separately: if it fails the others stay. */
export class ErrorBoundary extends Component<Props, { failed: boolean; error?: unknown }> {
  override state: { failed: boolean; error?: unknown } = { failed: false }

  static getDerivedStateFromError(error: unknown) {
    return { failed: true, error }
  }

  override render() {
    return this.state.failed ? <Failed error={this.state.error} /> : this.props.children
  }
}

/** For unknown addresses. */
export const UnknownPage = () => (
  <Page title="There is no such page">
    <ProblemAlert error={new ApiError(404, 'There is no such page')} />
  </Page>
)
